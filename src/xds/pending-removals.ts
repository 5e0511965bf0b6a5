/** Name that the client has and the view lacks. */
export interface Removal {
  /** Epoch at which the view first lacked it. */
  readonly epoch: number;
  readonly notedAt: number;
  /** Time since which the client has no user of it; undefined: not known. */
  unusedAt: number | undefined;
}

/** Removals of one type by name. Results about them stay valid while `changes` stays. */
export class PendingRemovals extends Map<string, Removal> {
  changes = 0;

  override set(name: string, removal: Removal): this {
    this.changes++;
    return super.set(name, removal);
  }

  override delete(name: string): boolean {
    const isThere = super.delete(name);
    if (isThere) this.changes++;
    return isThere;
  }
}
