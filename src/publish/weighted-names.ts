/** Returns the memory of a name, in names of usual length. */
export function nameWeight(name: string): number {
  return 1 + Math.floor(name.length / usualLength);
}

const usualLength = 128;

export class WeightedNames<T> extends Map<string, T> {
  #weight = 0;
  #peak = 0;

  get weight(): number {
    return this.#weight;
  }

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
