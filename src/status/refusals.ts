import type { ResourceKey } from '../lib/key.ts';

/** By object: what proxies refuse because of it, in one line. */
export type RefusedObjects = ReadonlyMap<ResourceKey, string>;

/** By Gateway, `namespace/name`: why its proxies refuse what was made of one object. */
export type RefusalsOfObject = ReadonlyMap<string, string>;

/** Objects for which proxies refuse something, and the Gateways whose proxies do. */
export class Refusals {
  readonly #byGateway = new Map<string, RefusedObjects>();

  /** What the Gateway's proxies refuse now. Returns the objects of which something else is known than before. */
  set(gateway: string, objects: RefusedObjects): ResourceKey[] {
    const before = this.#byGateway.get(gateway) ?? new Map<ResourceKey, string>();
    if (objects.size === 0) this.#byGateway.delete(gateway);
    else this.#byGateway.set(gateway, objects);
    const all = new Set([...before.keys(), ...objects.keys()]);
    return [...all].filter((object) => before.get(object) !== objects.get(object));
  }

  /** Whether the Gateway's proxies refuse anything. */
  has(gateway: string): boolean {
    return this.#byGateway.has(gateway);
  }

  of(object: ResourceKey): RefusalsOfObject {
    const found = new Map<string, string>();
    for (const [gateway, objects] of this.#byGateway) {
      const message = objects.get(object);
      if (message !== undefined) found.set(gateway, message);
    }
    return found;
  }
}
