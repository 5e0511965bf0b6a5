import type { ReadKey, UnitName } from '../lib/key.ts';

/**
 * Knows every unit and the keys that each has read: the only dependency index, so no reference can be missing. A change
 * costs O(readers of the changed keys); recording costs O(reads of the unit), nothing when they are the same.
 */
export class Units {
  readonly #reads = new Map<UnitName, readonly ReadKey[]>();
  /** Holds a bare name for most keys: thousands of sets with one member would be most of this index's memory. */
  readonly #readers = new Map<ReadKey, UnitName | Set<UnitName>>();
  readonly #cuts = new Set<Cut>();

  get size(): number {
    return this.#reads.size;
  }

  has(unit: UnitName): boolean {
    return this.#reads.has(unit);
  }

  add(unit: UnitName): void {
    if (!this.#reads.has(unit)) this.#reads.set(unit, []);
  }

  delete(unit: UnitName): void {
    for (const key of this.#reads.get(unit) ?? []) this.#forget(key, unit);
    this.#reads.delete(unit);
  }

  /** Keys of the unit's last translation, which a batch should carry for it. */
  reads(unit: UnitName): readonly ReadKey[] {
    return this.#reads.get(unit) ?? [];
  }

  /**
   * Replaces the unit's dependencies. Returns false when one has changed since the cut, so that the result is out of date:
   * a unit is not yet among the readers of a row that it reads for the first time.
   */
  record(unit: UnitName, reads: readonly ReadKey[], cut: Cut): boolean {
    const before = this.#reads.get(unit);
    if (before === undefined) return true;
    if (!sameKeys(before, reads)) this.#replace(unit, before, reads);
    return cut.size === 0 || !reads.some((key) => cut.has(key));
  }

  /** Starts noting changed keys. Call it when the rows of a batch are read, and `endCut` when its results are kept. */
  beginCut(): Cut {
    const cut: Cut = new Set();
    this.#cuts.add(cut);
    return cut;
  }

  endCut(cut: Cut): void {
    this.#cuts.delete(cut);
  }

  /** Lists the units that have read any of the changed keys. */
  *changed(keys: Iterable<ReadKey>): Generator<UnitName> {
    for (const key of keys) {
      for (const cut of this.#cuts) cut.add(key);
      const readers = this.#readers.get(key);
      if (typeof readers === 'string') yield readers;
      else if (readers !== undefined) yield* readers;
    }
  }

  #replace(unit: UnitName, before: readonly ReadKey[], reads: readonly ReadKey[]): void {
    this.#reads.set(unit, reads);
    const kept = new Set(reads);
    for (const key of before) if (!kept.has(key)) this.#forget(key, unit);
    for (const key of kept) {
      const readers = this.#readers.get(key);
      if (readers === undefined) this.#readers.set(key, unit);
      else if (typeof readers !== 'string') readers.add(unit);
      else if (readers !== unit) this.#readers.set(key, new Set([readers, unit]));
    }
  }

  #forget(key: ReadKey, unit: UnitName): void {
    const readers = this.#readers.get(key);
    if (readers === unit) this.#readers.delete(key);
    else if (typeof readers === 'object') {
      readers.delete(unit);
      if (readers.size === 0) this.#readers.delete(key);
    }
  }
}

export type Cut = Set<ReadKey>;

function sameKeys(a: readonly ReadKey[], b: readonly ReadKey[]): boolean {
  return a.length === b.length && a.every((key, i) => key === b[i]);
}
