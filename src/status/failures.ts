import type { ResourceKey, UnitName } from '../lib/key.ts';
import { entryOf, subjectOf } from '../units/unit.ts';
import { everyFleet, type RejectionsOfObject } from './rejections.ts';

/** Units whose translation fails, by the object whose status reports it. That is a bug in Sluice, which users see too. */
export class Failures {
  readonly #byObject = new Map<ResourceKey, Map<UnitName, string>>();

  /** Takes the reason of a failure; undefined: translation succeeds again. Returns the object. */
  set(unit: UnitName, message: string | undefined): ResourceKey {
    const object = subjectOf(unit);
    const units = this.#byObject.get(object) ?? new Map<UnitName, string>();
    if (message === undefined) units.delete(unit);
    else units.set(unit, message);
    if (units.size === 0) this.#byObject.delete(object);
    else this.#byObject.set(object, units);
    return object;
  }

  /** Returns by Gateway the reason why the last good version stays. */
  of(object: ResourceKey): RejectionsOfObject {
    const found = new Map<string, string>();
    for (const [unit, message] of this.#byObject.get(object) ?? [])
      found.set(gatewayOf(unit), `Sluice fails to translate it, so the last good version stays: ${message}`);
    return found;
  }
}

function gatewayOf(unit: UnitName): string {
  const wave = entryOf(unit)?.wave;
  return typeof wave === 'function' ? wave(unit, () => undefined) : everyFleet;
}
