import { lowerBound } from '../publish/pages.ts';
import { nameWeight } from '../publish/weighted-names.ts';

/**
 * Set of names for thousands of clients with thousands each: a sorted array, 8 bytes a name where a `Set` takes 20.
 * Changes since the last `pack` are kept beside it, so that none is O(names).
 */
export class NameSet implements Iterable<string> {
  #packed: readonly string[] = [];
  readonly #added = new Set<string>();
  readonly #deleted = new Set<string>();
  #weight = 0;

  get weight(): number {
    return this.#weight;
  }

  get size(): number {
    return this.#packed.length + this.#added.size - this.#deleted.size;
  }

  has(name: string): boolean {
    return this.#added.has(name) || (this.#isPacked(name) && !this.#deleted.has(name));
  }

  add(name: string): void {
    if (this.has(name)) return;
    this.#weight += nameWeight(name);
    if (!this.#deleted.delete(name)) this.#added.add(name);
  }

  delete(name: string): boolean {
    if (!this.has(name)) return false;
    this.#weight -= nameWeight(name);
    if (!this.#added.delete(name)) this.#deleted.add(name);
    return true;
  }

  /** Merges the changes when there are more than a few; O(names) then. */
  pack(): void {
    if (this.#added.size + this.#deleted.size <= fewNames) return;
    const kept = this.#packed.filter((name) => !this.#deleted.has(name));
    const names = kept.concat([...this.#added]).sort();
    // A copy has no spare capacity, unlike a sorted array.
    this.#packed = names.slice();
    this.#added.clear();
    this.#deleted.clear();
  }

  *[Symbol.iterator](): Generator<string> {
    for (const name of this.#packed) if (!this.#deleted.has(name)) yield name;
    yield* this.#added;
  }

  #isPacked(name: string): boolean {
    const packed = this.#packed;
    return packed[lowerBound(packed.length, (i) => (packed[i] ?? '') < name)] === name;
  }
}

/** Changes beside the array. More spare work when a client asks for clusters one by one, fewer spare memory. */
const fewNames = 32;
