import type { PlaceListener } from '../../../kinds/derived/route-places.ts';
import { routesAtHostname } from '../../../kinds/indexes.ts';
import { anyHostname } from '../../../kinds/shape/hostname.ts';
import { splitResourceKey, type ResourceKey, type UnitName } from '../../../lib/key.ts';
import { unitName } from '../../../units/unit.ts';
import type { TransportPort } from '../../../units/unit-def.ts';
import { compareText } from '../../attach/compare-text.ts';
import { hostRights } from '../../attach/host-rights.ts';
import type { OurGateway } from '../../attach/ownership.ts';
import { placedRoutes, type PlacedRoute } from '../../attach/placed-routes.ts';
import type { Reader } from '../../reader.ts';

export interface Deciding {
  /** Undefined: no route serves the name. */
  readonly first: { readonly route: ResourceKey; readonly listener: PlaceListener } | undefined;
  /** Units that find out to whom the name belongs. */
  readonly refs: readonly UnitName[];
}

/**
 * Returns the one route that serves a server name of a port, or all its connections: that with the most specific
 * hostname, then the oldest, then the first by name. Others are accepted and get nothing. Costs O(routes of the name).
 * https://gateway-api.sigs.k8s.io/guides/api-design/#conflicts
 */
export function decidingRoute(
  reader: Reader,
  gateway: OurGateway,
  at: TransportPort,
  hostname: string,
): Deciding {
  const { namespace, name } = gateway;
  const routes = placedRoutes(reader, routesAtHostname(namespace, name, at, hostname))
    .flatMap((placed) => candidate(placed, at, hostname) ?? [])
    .sort(byPrecedence);
  const namespaces = new Set(routes.map(({ route }) => splitResourceKey(route).namespace));
  const mayServe = new Set<string>();
  const refs = new Set<UnitName>();
  for (const home of namespaces) {
    const rights = hostRights(reader, gateway, home, hostname === anyHostname ? [] : [hostname]);
    for (const ref of rights.refs) refs.add(ref);
    if (!rights.refused.has(hostname) && !rights.unknown.has(hostname)) mayServe.add(home);
  }
  const claims =
    refs.size === 0 ? [] : routes.map(({ route }) => unitName({ kind: 'HostClaim', namespace, name, route }));
  const first = routes.find(({ route }) => mayServe.has(splitResourceKey(route).namespace));
  return { first, refs: [...refs, ...claims] };
}

interface Candidate {
  readonly route: ResourceKey;
  readonly listener: PlaceListener;
  readonly rank: number;
  readonly creationTimestamp: string;
}

function candidate(
  { route, creationTimestamp, places }: PlacedRoute,
  { transport, port }: TransportPort,
  hostname: string,
): Candidate | undefined {
  const place = places.find(
    (one) => one.transport === transport && one.port === port && one.hostname === hostname,
  );
  return place && { route, creationTimestamp, listener: place.listener, rank: place.rank };
}

/** A route from a file has no age and is the oldest. */
function byPrecedence(a: Candidate, b: Candidate): number {
  return (
    b.rank - a.rank ||
    compareText(a.creationTimestamp, b.creationTimestamp) ||
    compareText(nameOf(a), nameOf(b)) ||
    compareText(a.route, b.route)
  );
}

function nameOf({ route }: Candidate): string {
  const { namespace, name } = splitResourceKey(route);
  return `${namespace}/${name}`;
}
