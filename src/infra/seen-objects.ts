import { fleetOf, type FleetKey } from '../units/fleet-key.ts';
import { resourceKey, type ResourceKey } from '../lib/key.ts';
import type { ObjectRef, OwnedObject } from '../kinds/owned-object.ts';
import { compareVersions } from '../kinds/resource-version.ts';

export class SeenObjects {
  readonly #objects = new Map<ResourceKey, OwnedObject>();
  readonly #keys = new Map<FleetKey, Set<ResourceKey>>();

  get(key: ResourceKey): OwnedObject | undefined {
    return this.#objects.get(key);
  }

  of(fleet: FleetKey): OwnedObject[] {
    return [...(this.#keys.get(fleet) ?? [])].flatMap((key) => this.#objects.get(key) ?? []);
  }

  /** Ignores an older version: answers to writes and the watch come in any order. */
  put(object: OwnedObject): void {
    const key = keyOf(object);
    const known = this.#objects.get(key);
    if (known !== undefined && (compareVersions(object.resourceVersion, known.resourceVersion) ?? 1) < 0)
      return;
    this.delete(key);
    this.#objects.set(key, object);
    const fleet = fleetOfObject(object);
    if (fleet === undefined) return;
    const keys = this.#keys.get(fleet) ?? new Set();
    this.#keys.set(fleet, keys.add(key));
  }

  delete(key: ResourceKey): void {
    const object = this.#objects.get(key);
    const fleet = object && fleetOfObject(object);
    this.#objects.delete(key);
    if (fleet === undefined) return;
    const keys = this.#keys.get(fleet);
    keys?.delete(key);
    if (keys?.size === 0) this.#keys.delete(fleet);
  }

  clear(): void {
    this.#objects.clear();
    this.#keys.clear();
  }
}

export function keyOf({ kind, namespace, name }: ObjectRef): ResourceKey {
  return resourceKey(kind, namespace, name);
}

/** Undefined for an object that has no Gateway. */
export function fleetOfObject({ namespace, gateway }: OwnedObject): FleetKey | undefined {
  return gateway === '' ? undefined : fleetOf(`${namespace}/${gateway}`);
}
