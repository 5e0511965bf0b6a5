import type { DerivedRow } from '../kinds/row.ts';
import type { ReadKey, UnitName } from '../lib/key.ts';
import type { DerivedRows } from '../store/derived-rows.ts';
import { firstRow, makerOf } from '../units/unit.ts';
import type { Units } from './units.ts';

export class RowMakers {
  readonly #derived: DerivedRows;
  readonly #units: Units;

  constructor(derived: DerivedRows, units: Units) {
    this.#derived = derived;
    this.#units = units;
  }

  /** Returns true when the unit has answered, even without a row. */
  hasAnswered(unit: UnitName): boolean {
    return this.#derived.has(unit);
  }

  /** Returns true for a derived row whose maker exists and has not answered yet. */
  canStillCome(key: ReadKey): boolean {
    const maker = makerOf(key);
    return maker !== undefined && this.#units.has(maker) && !this.#derived.has(maker);
  }

  /** Takes all rows of a unit. Returns readers of changed rows; after its first answer also those that waited for it. */
  take(unit: UnitName, rows: readonly DerivedRow[]): ReadonlySet<UnitName> {
    const row = firstRow(unit);
    if (row === undefined) return new Set();
    const isFirst = !this.#derived.has(unit);
    const changed = this.#derived.replace(unit, rows);
    return new Set(this.#units.changed(isFirst ? [row, ...changed] : changed));
  }

  /** Removes the rows of an ended unit. Returns the units that read them, or waited for one. */
  end(unit: UnitName): ReadonlySet<UnitName> {
    const row = firstRow(unit);
    if (row === undefined) return new Set();
    return new Set(this.#units.changed([row, ...this.#derived.end(unit)]));
  }
}
