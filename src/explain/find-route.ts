import { internalRoutesName, isOfInternalListener } from '../units/internal-listener-name.ts';
import type { RouteJson } from './envoy-json.ts';
import { findEntry, type FoundEntry } from './find-entry.ts';
import type { HostInForce, InForce } from './in-force.ts';
import type { Seen } from './match-route.ts';

export type FoundRoute =
  | { readonly kind: 'host'; readonly table: string; readonly host: HostInForce; readonly found: FoundEntry }
  /** Sluice's own answer for hosts of no listener of the connection. */
  | { readonly kind: 'rest'; readonly table: string; readonly status: number }
  /** Envoy does not have the RouteConfiguration that the listener asks for. */
  | { readonly kind: 'no-table'; readonly table: string }
  | { readonly kind: 'no-host'; readonly table: string };

/** Looks for the route of a request as Envoy does; a listener with filters has its routes behind an internal one. */
export async function findRoute(
  inForce: InForce,
  gateway: string,
  table: string,
  seen: Seen,
): Promise<FoundRoute> {
  const host = await inForce.host(gateway, table, seen.request.host);
  if (host === undefined) return restOf(inForce, gateway, table, seen);
  const found = findEntry(host.entries, seen);
  const [first] = found.taken;
  const behind = first && internalOf(first.route);
  if (behind !== undefined) return findRoute(inForce, gateway, behind, seen);
  return { kind: 'host', table, host, found };
}

async function restOf(inForce: InForce, gateway: string, table: string, seen: Seen): Promise<FoundRoute> {
  const [configuration] = await inForce.routeConfigurations(gateway, [table]);
  if (configuration === undefined) return { kind: 'no-table', table };
  const rest = configuration.virtualHosts?.find(({ domains }) => domains.includes('*'))?.routes?.[0];
  const behind = rest && internalOf(rest);
  if (behind !== undefined) return findRoute(inForce, gateway, behind, seen);
  const status = rest?.directResponse?.status;
  return status === undefined ? { kind: 'no-host', table } : { kind: 'rest', table, status };
}

function internalOf({ route }: RouteJson): string | undefined {
  const cluster = route?.cluster;
  return cluster !== undefined && isOfInternalListener(cluster) ? internalRoutesName(cluster) : undefined;
}
