import { firstKeys, withHints } from '../batch/first-keys.ts';
import type { Outcome } from '../batch/outcome.ts';
import { encodeBatch, type EncodedBatch } from '../batch/translate-batch.ts';
import type { ReadKey, UnitName } from '../lib/key.ts';
import type { Store } from '../store/store.ts';
import type { Units } from './units.ts';

/** Makes batches: each unit goes with the rows that it has read before, or surely reads first. */
export class UnitReads {
  readonly #store: Store;
  readonly #units: Units;

  constructor(store: Store, units: Units) {
    this.#store = store;
    this.#units = units;
  }

  /** Adds to `absent` the keys that have no row. */
  encode(units: readonly UnitName[], absent: Set<ReadKey>): EncodedBatch {
    const keys = new Set(units.flatMap((unit) => this.#sent(unit)));
    return encodeBatch(units, [...keys], (key) => {
      const row = this.#store.read(key);
      if (row === undefined) absent.add(key);
      return row;
    });
  }

  /** Lists what the next batch carries for a unit that lacked rows. */
  afterNeed({ unit, reads, needs }: Extract<Outcome, { kind: 'need' }>): readonly ReadKey[] {
    // Its first batch carried hinted rows that the unit has not read yet.
    return [...new Set([...this.#sent(unit), ...reads, ...withHints(needs, this.#follow)])];
  }

  #sent(unit: UnitName): readonly ReadKey[] {
    const reads = this.#units.reads(unit);
    return reads.length > 0 ? reads : [...firstKeys(unit, this.#follow)];
  }

  readonly #follow = (key: ReadKey): Iterable<ReadKey> => this.#store.follow(key);
}
