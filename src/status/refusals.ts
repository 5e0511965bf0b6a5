import type { FleetKey } from '../units/fleet-key.ts';
import type { ResourceKey } from '../lib/key.ts';

/** By object: what proxies refuse because of it, in one line. */
export type RefusedObjects = ReadonlyMap<ResourceKey, string>;

/** By fleet: why its proxies refuse what was made of one object. */
export type RefusalsOfObject = ReadonlyMap<string, string>;

/** In place of a fleet: the reason concerns all of them. */
export const everyFleet = '*';

/** The reason that concerns the proxies of a Gateway, `namespace/name`. */
export function refusalFor(refusals: RefusalsOfObject, gateway: string): string | undefined {
  return refusals.get(gateway) ?? refusals.get(everyFleet);
}

/** Objects for which proxies refuse something, and the fleets whose proxies do. */
export class Refusals {
  readonly #byFleet = new Map<FleetKey, RefusedObjects>();
  readonly #byObject = new Map<ResourceKey, Map<FleetKey, string>>();

  /** Takes the present refusals of a fleet's proxies. Returns the objects whose refusals have changed. */
  set(fleet: FleetKey, objects: RefusedObjects): ResourceKey[] {
    const before = this.#byFleet.get(fleet) ?? new Map<ResourceKey, string>();
    if (objects.size === 0) this.#byFleet.delete(fleet);
    else this.#byFleet.set(fleet, objects);
    const all = new Set([...before.keys(), ...objects.keys()]);
    const changed = [...all].filter((object) => before.get(object) !== objects.get(object));
    for (const object of changed) this.#note(object, fleet, objects.get(object));
    return changed;
  }

  /** Returns true when a proxy of the fleet refuses something. */
  has(fleet: FleetKey): boolean {
    return this.#byFleet.has(fleet);
  }

  /** As it is now, in O(fleets that refuse something because of it): each reading of a status asks. */
  of(object: ResourceKey): RefusalsOfObject {
    return new Map(this.#byObject.get(object));
  }

  #note(object: ResourceKey, fleet: FleetKey, message: string | undefined): void {
    const fleets = this.#byObject.get(object) ?? new Map<FleetKey, string>();
    if (message === undefined) fleets.delete(fleet);
    else fleets.set(fleet, message);
    if (fleets.size === 0) this.#byObject.delete(object);
    else this.#byObject.set(object, fleets);
  }
}
