import type { UnitName } from '../lib/key.ts';
import { namesUnits, objectIn } from '../units/unit.ts';

/**
 * Keeps a unit that no row names, while a unit that may name it again has not answered: a route that goes from one
 * ListenerSet of a Gateway to another is served all the time. Both have the route in their names. Costs O(units of the
 * route).
 */
export class LeavingUnits {
  /** Units without an answer, by the object in their names. */
  readonly #open = new Map<string, Set<UnitName>>();
  readonly #leaving = new Map<string, Set<UnitName>>();

  /** Called when a unit starts, before others end by the same change. Returns true for one that has not ended yet. */
  started(unit: UnitName): boolean {
    const object = objectIn(unit);
    if (object === undefined) return false;
    if (namesUnits(unit)) add(this.#open, object, unit);
    return remove(this.#leaving, object, unit);
  }

  /** Returns true for a unit that has to wait. */
  waits(unit: UnitName): boolean {
    const object = objectIn(unit);
    if (object === undefined || namesUnits(unit) || !this.#open.has(object)) return false;
    add(this.#leaving, object, unit);
    return true;
  }

  /** Called when the unit has its first answer, or has ended. Returns the units that end by that. */
  answered(unit: UnitName): readonly UnitName[] {
    const object = namesUnits(unit) ? objectIn(unit) : undefined;
    if (object === undefined || !remove(this.#open, object, unit) || this.#open.has(object)) return [];
    const left = [...(this.#leaving.get(object) ?? [])];
    this.#leaving.delete(object);
    return left;
  }
}

function add(sets: Map<string, Set<UnitName>>, object: string, unit: UnitName): void {
  const units = sets.get(object);
  if (units === undefined) sets.set(object, new Set([unit]));
  else units.add(unit);
}

function remove(sets: Map<string, Set<UnitName>>, object: string, unit: UnitName): boolean {
  const units = sets.get(object);
  if (units?.delete(unit) !== true) return false;
  if (units.size === 0) sets.delete(object);
  return true;
}
