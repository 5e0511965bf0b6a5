import { contentHash } from '../../src/lib/hash.ts';
import { isShard } from '../../src/units/route-shard.ts';
import { routeConfigurationOf } from '../../src/units/virtual-host-name.ts';
import type { HeldResource } from '../rig/xds/client-type.ts';
import type { XdsMux } from './xds-mux.ts';

export interface RouteTable {
  routes: HeldResource;
  readonly hosts: Map<string, HeldResource>;
  /** True when a response has named one of its hosts, or was rejected: no listener waits for hosts then. */
  isReady: boolean;
}

/**
 * RouteConfigurations with their VirtualHosts, which come by VHDS. Hosts live as long as the RouteConfiguration. Envoy
 * asks for hosts once, behind its first RouteConfiguration.
 * Rules: Envoy's `vhds.cc`, `rds_route_config_subscription.cc`, `watch_map.cc`, and what version 1.40.0 was seen to do.
 */
export class RouteTables {
  readonly #tables = new Map<string, RouteTable>();
  readonly #mux: XdsMux;

  constructor(mux: XdsMux) {
    this.#mux = mux;
  }

  get(name: string): RouteTable | undefined {
    return this.#tables.get(name);
  }

  /** Returns the table of a host; undefined: Envoy drops the host, though it ACKs it. */
  of(host: string): RouteTable | undefined {
    return this.#tables.get(routeConfigurationOf(host));
  }

  /** Lists all hosts. */
  hosts(): string[] {
    return [...this.#tables.values()].flatMap(({ hosts }) => [...hosts.keys()]);
  }

  shards(): string[] {
    return [...this.#tables.keys()].filter(isShard);
  }

  /** Lists all hosts with their content. */
  entries(): [string, HeldResource][] {
    return [...this.#tables.values()].flatMap(({ hosts }) => [...hosts]);
  }

  /** RDS. An update keeps the hosts. */
  put(name: string, routes: HeldResource): void {
    const known = this.#tables.get(name);
    if (known !== undefined) {
      known.routes = routes;
      return;
    }
    this.#tables.set(name, { routes, hosts: new Map(), isReady: isShard(name) });
    if (isShard(name)) return;
    if (this.#mux.find('VHDS') !== undefined) return;
    this.#mux.subscription('VHDS');
    this.#mux.flush();
  }

  delete(name: string): void {
    this.#tables.delete(name);
  }

  /** Called after a rejected response: Envoy ends every wait, even for tables that were not in it. */
  failed(): void {
    for (const table of this.#tables.values()) table.isReady = true;
  }

  /**
   * VHDS. Envoy updates one table after the other, in an order that depends on addresses in memory and here on `salt`,
   * up to the first with a bad host. Removing an unknown host ends a wait, too.
   */
  update(
    brought: ReadonlyMap<string, HeldResource>,
    removed: readonly string[],
    bad: ReadonlySet<string>,
    salt: string,
  ): void {
    const named = new Set([...brought.keys(), ...removed].map(routeConfigurationOf));
    const order = [...named].map((name) => ({ name, at: contentHash(Buffer.from(`${salt} ${name}`)) }));
    const failing = new Set([...bad].map(routeConfigurationOf));
    for (const { name } of order.sort((a, b) => (a.at < b.at ? -1 : 1))) {
      if (failing.has(name)) return;
      const table = this.#tables.get(name);
      if (table === undefined) continue;
      for (const host of removed) if (routeConfigurationOf(host) === name) table.hosts.delete(host);
      for (const [host, resource] of brought)
        if (routeConfigurationOf(host) === name) table.hosts.set(host, resource);
      table.isReady = true;
    }
  }
}
