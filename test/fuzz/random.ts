/** xorshift32: the same numbers for the same seed, on any machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    // Zero would stay zero, and near seeds must give different numbers.
    this.#state = (Math.imul(seed | 0, 0x9e3779b1) ^ 0x85ebca6b) | 1;
    for (let i = 0; i < 8; i++) this.below(2);
  }

  /** A whole number from 0 up to `limit`, exclusive. */
  below(limit: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % Math.max(limit, 1);
  }

  chance(oneIn: number): boolean {
    return this.below(oneIn) === 0;
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error('nothing to choose from');
    return items[this.below(items.length)] as T;
  }

  /** Mostly short, and sometimes `limit`. */
  length(limit: number): number {
    return this.below(1 + this.below(this.chance(8) ? limit : Math.min(limit, 16)));
  }
}
