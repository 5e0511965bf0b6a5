/** How much memory a name counts for, in names of usual length: what is asked for by long ones costs as much more. */
export function nameWeight(name: string): number {
  return 1 + Math.floor(name.length / usualLength);
}

/** Nearly all names are shorter. */
const usualLength = 128;

/** Values by name, and how much memory the names are. */
export class WeightedNames<T> extends Map<string, T> {
  #weight = 0;
  #peak = 0;

  get weight(): number {
    return this.#weight;
  }

  /** The most that the weight has ever been. */
  get peak(): number {
    return this.#peak;
  }

  override set(name: string, value: T): this {
    if (!this.has(name)) this.#weight += nameWeight(name);
    this.#peak = Math.max(this.#peak, this.#weight);
    return super.set(name, value);
  }

  override delete(name: string): boolean {
    const isThere = super.delete(name);
    if (isThere) this.#weight -= nameWeight(name);
    return isThere;
  }

  override clear(): void {
    super.clear();
    this.#weight = 0;
  }
}
