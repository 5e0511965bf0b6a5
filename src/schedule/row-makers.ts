import type { DerivedRow } from '../kinds/row.ts';
import type { ReadKey, UnitName } from '../lib/key.ts';
import type { DerivedRows } from '../store/derived-rows.ts';
import { assert } from '../lib/assert.ts';
import { firstRow, levelOf, makerOf } from '../units/unit.ts';
import { LeavingUnits } from './leaving-units.ts';
import type { Units } from './units.ts';

interface NamedUnits {
  readonly started: readonly UnitName[];
  readonly ended: readonly UnitName[];
}

/** Effect of rows on units. */
interface RowsEffect extends NamedUnits {
  readonly readers: ReadonlySet<UnitName>;
}

const noEffect: RowsEffect = { readers: new Set(), started: [], ended: [] };

export class RowMakers {
  readonly #derived: DerivedRows;
  readonly #units: Units;
  readonly #leaving = new LeavingUnits();

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

  /** Takes all rows of a unit. `readers` of changed rows: after its first answer also those that waited for it. */
  take(unit: UnitName, rows: readonly DerivedRow[]): RowsEffect {
    const row = firstRow(unit);
    if (row === undefined) return noEffect;
    const isFirst = !this.#derived.has(unit);
    const { changed, started, ended } = this.#derived.replace(unit, rows);
    for (const named of started)
      assert(levelOf(named) > levelOf(unit), `${unit} names ${named}, which may read its row`);
    return {
      readers: this.#readers(isFirst ? [row, ...changed] : changed),
      ...this.#namedBy(unit, { started, ended }),
    };
  }

  /** Removes the rows of an ended unit. `readers`: units that read them, or waited for one. */
  end(unit: UnitName): RowsEffect {
    const row = firstRow(unit);
    if (row === undefined) return noEffect;
    const { changed, started, ended } = this.#derived.end(unit);
    return {
      readers: this.#readers([row, ...changed]),
      ...this.#namedBy(unit, { started, ended }),
    };
  }

  /** Called with units that rows newly name, or no longer. Returns those that start, and those that end now. */
  named({ started, ended }: NamedUnits): NamedUnits {
    return {
      started: started.filter((unit) => !this.#leaving.started(unit)),
      ended: ended.filter((unit) => !this.#leaving.waits(unit)),
    };
  }

  #namedBy(maker: UnitName, units: NamedUnits): NamedUnits {
    const { started, ended } = this.named(units);
    // Comes after: a unit that the answer names again has to wait no longer, and goes on.
    const left = this.#leaving.answered(maker);
    return { started, ended: [...ended, ...left.filter((unit) => !this.#leaving.waits(unit))] };
  }

  #readers(keys: readonly ReadKey[]): ReadonlySet<UnitName> {
    return new Set(this.#units.changed(keys));
  }
}
