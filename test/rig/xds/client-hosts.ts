import { isShard } from '../../../src/units/route-shard.ts';
import { noVirtualHost, routeConfigurationOf } from '../../../src/units/virtual-host-name.ts';
import type { ClientType, HeldResource } from './client-type.ts';
import { xdsJson } from './xds-json.ts';
import { urlOf } from './xds-types.ts';

/** VirtualHosts of a proxy: Envoy holds none of a RouteConfiguration that it lacks, but ACKs it and names it again. */
export class ClientHosts {
  /** Hosts that it has ACKed and that were not removed. */
  readonly claims = new Map<string, HeldResource>();
  /** RouteConfigurations whose listener waits for a word about their hosts. */
  readonly #awaited = new Set<string>();
  /** RouteConfigurations that it has left: hosts of them may be under way. */
  readonly #left = new Set<string>();
  readonly #hosts: ClientType;
  readonly #routes: ClientType;

  constructor(hosts: ClientType, routes: ClientType) {
    this.#hosts = hosts;
    this.#routes = routes;
  }

  restore(before: ClientHosts): void {
    for (const [name, claim] of before.claims) this.claims.set(name, claim);
    for (const name of before.#awaited) this.#awaited.add(name);
  }

  namesOf(routeConfiguration: string): string[] {
    const isOfIt = (host: string): boolean =>
      host.startsWith(`${routeConfiguration}/`) && host.lastIndexOf('/') === routeConfiguration.length;
    return [...this.#hosts.held.keys()].filter(isOfIt);
  }

  get unsettled(): string[] {
    return [...this.#awaited].map((name) => `no host of ${name} has come`);
  }

  /** Lists violations in a response. */
  check(brought: ReadonlyMap<string, HeldResource>): string[] {
    const problems: string[] = [];
    for (const [name, { bytes }] of brought) {
      const table = routeConfigurationOf(name);
      if (!this.#routes.held.has(table) && !this.#left.has(table))
        problems.push(`${name} came without ${table}`);
      const inside = xdsJson(urlOf('VHDS'), bytes)['name'];
      if (inside !== name) problems.push(`${name} is named ${JSON.stringify(inside)} inside`);
    }
    return problems;
  }

  mayBeRemoved(name: string): boolean {
    return this.claims.has(name) || name === noVirtualHost(routeConfigurationOf(name));
  }

  /** Called when RouteConfigurations were taken; `before`: those that it had. */
  routesTaken(before: ReadonlySet<string>): void {
    for (const name of this.#routes.held.keys())
      if (!before.has(name) && !isShard(name)) this.#awaited.add(name);
  }

  routesLeft(names: readonly string[]): void {
    for (const name of names) {
      for (const host of this.namesOf(name)) this.#hosts.held.delete(host);
      this.#awaited.delete(name);
      this.#left.add(name);
    }
  }

  accept(brought: ReadonlyMap<string, HeldResource>, removed: readonly string[]): void {
    for (const [name, host] of brought) {
      this.claims.set(name, host);
      this.#awaited.delete(routeConfigurationOf(name));
      if (!this.#routes.held.has(routeConfigurationOf(name))) this.#hosts.held.delete(name);
    }
    for (const name of removed) {
      this.claims.delete(name);
      this.#awaited.delete(routeConfigurationOf(name));
    }
  }

  clear(): void {
    this.claims.clear();
  }
}
