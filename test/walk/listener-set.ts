import type { Clock } from '../../src/lib/clock.ts';
import { collectionOf } from '../../src/units/route-shard.ts';
import type { HeldResource } from '../rig/xds/client-type.ts';
import { resourceRefs } from '../rig/xds/resource-refs.ts';
import { ScopeSet } from './scope-set.ts';
import { RouteTables } from './route-tables.ts';
import type { XdsMux } from './xds-mux.ts';

interface ListenerInstance {
  readonly version: string;
  readonly routes: readonly string[];
  /** Collections of scopes, which name further routes. */
  readonly collections: readonly string[];
  readonly secrets: readonly string[];
  /** `RDS name`, `SRDS name` and `SDS name` that have not come since the listener; `VHDS name` of a table whose hosts have not come. */
  readonly awaited: Set<string>;
}

/**
 * A new listener takes over when all that it names has come; the old one, as a removed one, drains, and watches its
 * names until then.
 * Envoy lets a listener share routes of the same name and ConfigSource bytes without a wait. This one always waits: a
 * server must not rely on it (envoyproxy/envoy#47302, #47309). Nor does a wait for hosts end by time here.
 * Rules: Envoy's `lds_api.cc`, `listener_manager_impl.cc`, `rds_route_config_subscription.cc`, `sds_api.cc`.
 */
export class ListenerSet {
  readonly active = new Map<string, ListenerInstance>();
  readonly warming = new Map<string, ListenerInstance>();
  readonly tables: RouteTables;
  readonly scopes: ScopeSet;
  readonly secrets = new Map<string, HeldResource>();
  readonly #mux: XdsMux;
  readonly #clock: Clock;
  readonly #drainMs: number;

  constructor(mux: XdsMux, clock: Clock, drainMs: number) {
    this.#mux = mux;
    this.tables = new RouteTables(mux);
    this.scopes = new ScopeSet(
      (route) => mux.subscription('RDS').watch(route),
      (route) => this.release('RDS', route),
    );
    this.#clock = clock;
    this.#drainMs = drainMs;
  }

  /** LDS. A rejected response still brings its valid ones; removals go first. */
  update(brought: ReadonlyMap<string, HeldResource>, removed: readonly string[]): void {
    for (const service of ['RDS', 'SDS'] as const) this.#mux.pause(service);
    for (const name of removed) {
      this.#discard(this.warming, name);
      this.#drain(name);
    }
    for (const [name, resource] of brought) this.#put(name, resource);
    this.settle();
    for (const service of ['RDS', 'SDS'] as const) this.#mux.resume(service);
  }

  set(service: 'RDS' | 'SDS', name: string, resource: HeldResource): void {
    if (service === 'RDS') this.tables.put(name, resource);
    else this.secrets.set(name, resource);
    for (const { awaited } of this.warming.values()) awaited.delete(`${service} ${name}`);
  }

  /** SRDS. A listener that waits for its scopes waits for all of their routes then. */
  setScopes(brought: ReadonlyMap<string, HeldResource>): void {
    this.#mux.pause('RDS');
    for (const [name, resource] of brought) this.scopes.put(name, resource);
    const collections = new Set([...brought.keys()].map(collectionOf));
    for (const { awaited } of this.warming.values()) {
      for (const collection of collections) {
        if (!awaited.delete(`SRDS ${collection}`)) continue;
        for (const key of this.#awaitedOf(collection)) awaited.add(key);
      }
    }
    this.#mux.resume('RDS');
  }

  /** Listeners share scopes, and the routes that these have. */
  #awaitedOf(collection: string): string[] {
    const routes = this.scopes.routesOf(collection);
    if (routes.length === 0) return [`SRDS ${collection}`];
    return routes.flatMap((route) => (this.tables.get(route) === undefined ? `RDS ${route}` : []));
  }

  /** Lists the routes of a listener, with those of its scopes. */
  routesOf({ routes, collections }: Pick<ListenerInstance, 'routes' | 'collections'>): string[] {
    return [...routes, ...collections.flatMap((collection) => this.scopes.routesOf(collection))];
  }

  /** Called after a rejected response: Envoy ends every wait for this type, even for names that were not in it. */
  failed(service: 'RDS' | 'SDS' | 'VHDS'): void {
    if (service === 'VHDS') this.tables.failed();
    for (const { awaited } of this.warming.values()) {
      for (const key of awaited) {
        const { service: awaitedType, name } = awaitedIn(key);
        // Without its RouteConfiguration, Envoy does not wait for hosts.
        const isOfRejected =
          service === 'RDS' && awaitedType === 'VHDS' && this.tables.get(name) === undefined;
        if (awaitedType !== 'VHDS' ? awaitedType === service : isOfRejected) awaited.delete(key);
      }
    }
  }

  settle(): void {
    for (const [name, instance] of this.warming) {
      for (const route of this.routesOf(instance))
        if (this.tables.get(route)?.isReady === true) instance.awaited.delete(`VHDS ${route}`);
      if (instance.awaited.size > 0) continue;
      this.warming.delete(name);
      this.#drain(name);
      this.active.set(name, instance);
    }
  }

  /** The stream ended: names in the next initial versions do not come again, so a waiting listener shares them now. */
  onStreamEnd(): void {
    for (const { awaited } of this.warming.values()) {
      for (const key of awaited) {
        const { service, name } = awaitedIn(key);
        if (service !== 'VHDS' && this.#mux.find(service)?.versions.has(name) === true) awaited.delete(key);
      }
    }
    this.settle();
  }

  #put(name: string, { version, bytes }: HeldResource): void {
    if (this.active.get(name)?.version === version) {
      this.#discard(this.warming, name);
      return;
    }
    if (this.warming.get(name)?.version === version) return;
    const { RDS: routes, SRDS: collections, SDS: secrets } = resourceRefs('LDS', version, bytes);
    const awaited = [
      ...routes.flatMap((route) => [`RDS ${route}`, `VHDS ${route}`]),
      ...collections.flatMap((collection) => this.#awaitedOf(collection)),
      ...secrets.map((secret) => `SDS ${secret}`),
    ];
    const instance = { version, routes, collections, secrets, awaited: new Set(awaited) };
    for (const route of routes) this.#mux.subscription('RDS').watch(route);
    for (const collection of collections) this.#mux.subscription('SRDS').watch(collection);
    for (const secret of secrets) this.#mux.subscription('SDS').watch(secret);
    this.#discard(this.warming, name);
    this.warming.set(name, instance);
  }

  #drain(name: string): void {
    const instance = this.active.get(name);
    if (instance === undefined) return;
    this.active.delete(name);
    this.#clock.after(this.#drainMs, () => {
      this.#unwatch(instance);
      this.#mux.flush();
    });
  }

  #discard(from: Map<string, ListenerInstance>, name: string): void {
    const instance = from.get(name);
    from.delete(name);
    if (instance !== undefined) this.#unwatch(instance);
  }

  #unwatch({ routes, collections, secrets }: ListenerInstance): void {
    for (const collection of collections) {
      const subscription = this.#mux.subscription('SRDS');
      subscription.unwatch(collection);
      if (!subscription.isWatched(collection)) this.scopes.delete(collection);
    }
    for (const [service, names] of [
      ['RDS', routes],
      ['SDS', secrets],
    ] as const) {
      for (const name of names) this.release(service, name);
    }
  }

  /** Ends one watch of a name; without any other, its content is dropped. */
  release(service: 'RDS' | 'SDS', name: string): void {
    const subscription = this.#mux.subscription(service);
    subscription.unwatch(name);
    if (!subscription.isWatched(name)) (service === 'RDS' ? this.tables : this.secrets).delete(name);
  }
}

/** Reads an entry of `awaited`. */
export function awaitedIn(key: string): { readonly service: Awaited; readonly name: string } {
  const at = key.indexOf(' ');
  const service = awaitedServices.find((known) => known === key.slice(0, at)) ?? 'VHDS';
  return { service, name: key.slice(at + 1) };
}

const awaitedServices = ['RDS', 'SRDS', 'SDS', 'VHDS'] as const;

type Awaited = (typeof awaitedServices)[number];
