import type { DerivedRow, RowChange } from '../kinds/row.ts';
import type { ReadKey, ResourceKey, UnitName } from '../lib/key.ts';
import type { Store } from './store.ts';

/** Keeps the rows that units make in the store, beside those of the sources. O(rows and indexes of the one unit). */
export class DerivedRows {
  readonly #store: Store;
  readonly #made = new Map<UnitName, readonly ResourceKey[]>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Returns true once the unit has said which rows it makes. Until then an absent row can still come. */
  has(unit: UnitName): boolean {
    return this.#made.has(unit);
  }

  /** Replaces the rows of a unit. Returns the rows and indexes whose content has changed. */
  replace(unit: UnitName, rows: readonly DerivedRow[]): readonly ReadKey[] {
    const kept = new Set(rows.map(({ key }) => key));
    const changes: RowChange[] = rows.map((row) => ({ kind: 'put', row: { ...row, units: [] } }));
    for (const key of this.#made.get(unit) ?? []) if (!kept.has(key)) changes.push({ kind: 'delete', key });
    this.#made.set(unit, kept.size === 0 ? noKeys : [...kept]);
    return this.#store.apply(changes).changed;
  }

  end(unit: UnitName): readonly ReadKey[] {
    if (!this.#made.has(unit)) return noKeys;
    const changed = this.replace(unit, []);
    this.#made.delete(unit);
    return changed;
  }
}

const noKeys: readonly ResourceKey[] = [];
