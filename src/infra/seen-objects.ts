import { resourceKey, type ResourceKey } from '../lib/key.ts';
import type { ObjectRef, OwnedObject } from '../kinds/owned-object.ts';
import { compareVersions } from '../kinds/resource-version.ts';

/** The objects of Sluice that the API server has, as it last said, also by the Gateway that each belongs to. */
export class SeenObjects {
  readonly #objects = new Map<ResourceKey, OwnedObject>();
  readonly #keys = new Map<string, Set<ResourceKey>>();

  get(key: ResourceKey): OwnedObject | undefined {
    return this.#objects.get(key);
  }

  /** Those of a Gateway, `namespace/name`. */
  of(gateway: string): OwnedObject[] {
    return [...(this.#keys.get(gateway) ?? [])].flatMap((key) => this.#objects.get(key) ?? []);
  }

  /** Unless what is known is newer: the answer to a write and the watch are not ordered. */
  put(object: OwnedObject): void {
    const key = keyOf(object);
    const known = this.#objects.get(key);
    if (known !== undefined && (compareVersions(object.resourceVersion, known.resourceVersion) ?? 1) < 0)
      return;
    this.delete(key);
    this.#objects.set(key, object);
    const gateway = gatewayOf(object);
    if (gateway === undefined) return;
    const keys = this.#keys.get(gateway) ?? new Set();
    this.#keys.set(gateway, keys.add(key));
  }

  delete(key: ResourceKey): void {
    const object = this.#objects.get(key);
    const gateway = object && gatewayOf(object);
    this.#objects.delete(key);
    if (gateway === undefined) return;
    const keys = this.#keys.get(gateway);
    keys?.delete(key);
    if (keys?.size === 0) this.#keys.delete(gateway);
  }

  clear(): void {
    this.#objects.clear();
    this.#keys.clear();
  }
}

export function keyOf({ kind, namespace, name }: ObjectRef): ResourceKey {
  return resourceKey(kind, namespace, name);
}

/** `namespace/name`; undefined for an object that has no Gateway. */
export function gatewayOf({ namespace, gateway }: OwnedObject): string | undefined {
  return gateway === '' ? undefined : `${namespace}/${gateway}`;
}
