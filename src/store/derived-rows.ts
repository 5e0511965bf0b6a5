import type { DerivedRow, RowChange } from '../kinds/row.ts';
import type { ResourceKey, UnitName } from '../lib/key.ts';
import type { Store, StoreEffect } from './store.ts';

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

  /** Replaces the rows of a unit. Units that they name start and end by that. */
  replace(unit: UnitName, rows: readonly DerivedRow[]): StoreEffect {
    const kept = new Set(rows.map(({ key }) => key));
    const changes: RowChange[] = rows.map((row) => ({
      kind: 'put',
      row: { ...row, units: row.units ?? noUnits },
    }));
    for (const key of this.#made.get(unit) ?? []) if (!kept.has(key)) changes.push({ kind: 'delete', key });
    this.#made.set(unit, kept.size === 0 ? noKeys : [...kept]);
    return this.#store.apply(changes);
  }

  end(unit: UnitName): StoreEffect {
    if (!this.#made.has(unit)) return noEffect;
    const effect = this.replace(unit, []);
    this.#made.delete(unit);
    return effect;
  }
}

const noKeys: readonly ResourceKey[] = [];
const noUnits: readonly UnitName[] = [];
const noEffect: StoreEffect = { changed: [], started: [], ended: [] };
