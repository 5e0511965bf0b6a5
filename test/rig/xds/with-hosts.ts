import type { JsonObject } from '@bufbuild/protobuf';

/** Returns a RouteConfiguration as Envoy uses it: with its VirtualHosts, named and sorted by their first domain. */
export function withHosts(routeConfiguration: JsonObject, hosts: readonly JsonObject[]): JsonObject {
  const { vhds: _, virtualHosts = [], ...rest } = routeConfiguration;
  const named = hosts.map((host) => ({ ...host, name: domainOf(host) }));
  const inside = Array.isArray(virtualHosts) ? virtualHosts : [];
  const all = [...inside, ...named.sort((a, b) => (a.name < b.name ? -1 : 1))];
  return { ...rest, ...(all.length === 0 ? {} : { virtualHosts: all }) };
}

function domainOf({ domains }: JsonObject): string {
  return Array.isArray(domains) && typeof domains[0] === 'string' ? domains[0] : '';
}
