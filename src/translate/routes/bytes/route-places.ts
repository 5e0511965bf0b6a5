import type { RoutePlace, RoutePlacesRow } from '../../../kinds/derived/route-places.ts';
import { routesAt, routesAtHostname } from '../../../kinds/indexes.ts';
import { encodeJson } from '../../../kinds/json-row.ts';
import type { DerivedRow } from '../../../kinds/row.ts';
import { anyHostname, covers } from '../../../kinds/shape/hostname.ts';
import type { ResourceKey } from '../../../lib/key.ts';
import { ourGatewayKey } from '../../../units/listener-rows.ts';
import { routePlacesKey } from '../../../units/route-places-key.ts';
import type { ObjectName } from '../../../units/unit-def.ts';
import { parentsAt } from '../../attach/listener-set-parents.ts';
import { readOurGateway } from '../../attach/ownership.ts';
import { placesOf } from '../../attach/places.ts';
import { listenerSection } from '../../policies/attachment/listener-section.ts';
import { readRoute } from '../../attach/read-route.ts';
import { placeOf } from '../../listeners/protocol.ts';
import type { Reader } from '../../reader.ts';

/**
 * Makes the row of the places of a TLSRoute, TCPRoute or UDPRoute at a Gateway. A route whose rule cannot be read, or that
 * is for no hostname, has none. Costs O(listeners that may take the route × its hostnames).
 */
export function routePlaces(
  reader: Reader,
  { namespace, name, route }: ObjectName & { readonly route: ResourceKey },
): DerivedRow[] {
  reader.expect([ourGatewayKey(namespace, name), route]);
  const gateway = readOurGateway(reader, namespace, name);
  const found = readRoute(reader, route);
  if (gateway === undefined || found === undefined || found.row.spec.rules.length === 0) return [];
  const { kind, namespace: home, row } = found;
  const { hostnames } = row.spec;
  const parentRefs = parentsAt(reader, gateway, route, row.spec.parentRefs);
  const places = placesOf(reader, gateway, { kind, namespace: home, parentRefs, hostnames }).map(
    ({ owner, domain }): RoutePlace => ({
      ...placeOf(owner),
      hostname: domain,
      listener: {
        ...listenerSection(owner),
        hostname: owner.hostname,
        isPassthrough: owner.protocol === 'TLSPassthrough',
      },
      rank: rankOf(domain, hostnames),
    }),
  );
  if (places.length === 0) return [];
  const content: RoutePlacesRow = { creationTimestamp: row.metadata.creationTimestamp, places };
  const indexes = places.flatMap((place) => [
    routesAt(namespace, name, place),
    routesAtHostname(namespace, name, place, place.hostname),
  ]);
  return [
    {
      key: routePlacesKey(namespace, name, route),
      bytes: encodeJson(content),
      indexes: [...new Set(indexes)].sort(),
      follow: [],
    },
  ];
}

/**
 * Compares what routes give, not what listeners make of it: exact names before wildcards, then longer ones.
 * https://gateway-api.sigs.k8s.io/reference/spec/#tlsroutespec
 */
function rankOf(domain: string, hostnames: readonly string[]): number {
  const matching = hostnames.filter((hostname) => covers(hostname, domain));
  return Math.max(0, ...matching.map(specificity));
}

function specificity(hostname: string): number {
  if (hostname === anyHostname) return 0;
  return hostname.startsWith('*') ? hostname.length : exact + hostname.length;
}

/** More than the length of any hostname. */
const exact = 1000;
