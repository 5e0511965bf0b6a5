import { collectionOf } from '../../src/units/route-shard.ts';
import type { HeldResource } from '../rig/xds/client-type.ts';
import { resourceRefs } from '../rig/xds/resource-refs.ts';

interface Scope {
  readonly resource: HeldResource;
  readonly routes: readonly string[];
}

/**
 * Scopes by the collection that listeners ask for. Each watches its RouteConfigurations, until no listener asks for the
 * collection.
 * Rules: Envoy's `scoped_rds.cc`, and what version 1.40.0 was seen to do.
 */
export class ScopeSet {
  readonly #collections = new Map<string, Map<string, Scope>>();
  readonly #watch: (route: string) => void;
  readonly #release: (route: string) => void;

  constructor(watch: (route: string) => void, release: (route: string) => void) {
    this.#watch = watch;
    this.#release = release;
  }

  put(name: string, resource: HeldResource): void {
    const scopes = this.#scopesOf(collectionOf(name));
    const before = scopes.get(name);
    const routes = resourceRefs('SRDS', resource.version, resource.bytes).RDS;
    scopes.set(name, { resource, routes });
    for (const route of routes) this.#watch(route);
    for (const route of before?.routes ?? []) this.#release(route);
  }

  /** Called when no listener asks for the collection. */
  delete(collection: string): void {
    const scopes = this.#collections.get(collection);
    this.#collections.delete(collection);
    for (const { routes } of scopes?.values() ?? []) for (const route of routes) this.#release(route);
  }

  routesOf(collection: string): string[] {
    return [...(this.#collections.get(collection)?.values() ?? [])].flatMap(({ routes }) => routes);
  }

  versionsOf(collection: string): [name: string, version: string][] {
    const scopes = this.#collections.get(collection) ?? new Map<string, Scope>();
    return [...scopes].map(([name, { resource }]) => [name, resource.version]);
  }

  #scopesOf(collection: string): Map<string, Scope> {
    const known = this.#collections.get(collection);
    if (known !== undefined) return known;
    const made = new Map<string, Scope>();
    this.#collections.set(collection, made);
    return made;
  }
}
