import type { FleetKey } from '../units/fleet-key.ts';
import type { ResourceKey } from '../lib/key.ts';

/** By object: what proxies reject because of it, in one line. */
export type RejectedObjects = ReadonlyMap<ResourceKey, string>;

/** By fleet: why its proxies reject what was made of one object. */
export type RejectionsOfObject = ReadonlyMap<string, string>;

/** In place of a fleet: the reason concerns all of them. */
export const everyFleet = '*';

/** The reason that concerns the proxies of a Gateway, `namespace/name`. */
export function rejectionFor(rejections: RejectionsOfObject, gateway: string): string | undefined {
  return rejections.get(gateway) ?? rejections.get(everyFleet);
}

/** Objects for which proxies reject something, and the fleets whose proxies do. */
export class ObjectRejections {
  readonly #byFleet = new Map<FleetKey, RejectedObjects>();
  readonly #byObject = new Map<ResourceKey, Map<FleetKey, string>>();

  /** Takes the present rejections of a fleet's proxies. Returns the objects whose rejections have changed. */
  set(fleet: FleetKey, objects: RejectedObjects): ResourceKey[] {
    const before = this.#byFleet.get(fleet) ?? new Map<ResourceKey, string>();
    if (objects.size === 0) this.#byFleet.delete(fleet);
    else this.#byFleet.set(fleet, objects);
    const all = new Set([...before.keys(), ...objects.keys()]);
    const changed = [...all].filter((object) => before.get(object) !== objects.get(object));
    for (const object of changed) this.#note(object, fleet, objects.get(object));
    return changed;
  }

  /** Returns true when a proxy of the fleet rejects something. */
  has(fleet: FleetKey): boolean {
    return this.#byFleet.has(fleet);
  }

  /** As it is now, in O(fleets that reject something because of it): each reading of a status asks. */
  of(object: ResourceKey): RejectionsOfObject {
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
