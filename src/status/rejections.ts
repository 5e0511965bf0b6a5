import type { FleetKey } from '../units/fleet-key.ts';
import type { ResourceKey } from '../lib/key.ts';

/** Reasons in one line, by object, why proxies reject its resources. */
export type RejectedObjects = ReadonlyMap<ResourceKey, string>;

/** Reasons by fleet why proxies reject resources of one object. */
export type RejectionsOfObject = ReadonlyMap<string, string>;

export const everyFleet = '*';

export function rejectionFor(rejections: RejectionsOfObject, gateway: string): string | undefined {
  return rejections.get(gateway) ?? rejections.get(everyFleet);
}

/** Objects for which proxies reject something, with the fleets of these proxies. */
export class ObjectRejections {
  readonly #byFleet = new Map<FleetKey, RejectedObjects>();
  readonly #byObject = new Map<ResourceKey, Map<FleetKey, string>>();

  /** Replaces the rejections of a fleet's proxies. Returns the objects whose rejections have changed. */
  set(fleet: FleetKey, objects: RejectedObjects): ResourceKey[] {
    const before = this.#byFleet.get(fleet) ?? new Map<ResourceKey, string>();
    if (objects.size === 0) this.#byFleet.delete(fleet);
    else this.#byFleet.set(fleet, objects);
    const all = new Set([...before.keys(), ...objects.keys()]);
    const changed = [...all].filter((object) => before.get(object) !== objects.get(object));
    for (const object of changed) this.#note(object, fleet, objects.get(object));
    return changed;
  }

  has(fleet: FleetKey): boolean {
    return this.#byFleet.has(fleet);
  }

  /** Returns a copy, in O(fleets that reject something because of the object): each reading of a status calls it. */
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
