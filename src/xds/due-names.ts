import { isOfInternalListener } from '../units/internal-listener-name.ts';

/** Names of one type to be compared with the view. A set, so that newer state replaces older. */
export class DueNames extends Set<string> {
  /** Those of internal listeners. */
  readonly internal = new Set<string>();

  /** True when others are due, which may lead to an internal listener. */
  get hasOthers(): boolean {
    return this.size > this.internal.size;
  }

  override add(name: string): this {
    if (isOfInternalListener(name)) this.internal.add(name);
    return super.add(name);
  }

  override delete(name: string): boolean {
    this.internal.delete(name);
    return super.delete(name);
  }

  override clear(): void {
    this.internal.clear();
    super.clear();
  }
}
