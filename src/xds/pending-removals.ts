/** A name that the client has and the view has no more. */
export interface Removal {
  /** The view's epoch at which it was missing first. */
  readonly epoch: number;
  readonly notedAt: number;
  /** Time from which nothing that the client has uses it; undefined until that is known. */
  unusedAt: number | undefined;
}

/** Removals of one type by name, and a count of their changes: while it stays, what was found out about them holds. */
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
