import type { ResourceKey } from '../../lib/key.ts';
import { routesAtHostname } from '../../kinds/indexes.ts';
import type { ObjectName, TransportPort } from '../../units/unit-def.ts';
import { attachedPoliciesKeys } from '../../units/attached-policies-key.ts';
import type { PlaceListener } from '../../kinds/derived/route-places.ts';
import { expectHostOwners } from '../attach/host-rights.ts';
import type { OurGateway } from '../attach/ownership.ts';
import { readRoute } from '../attach/read-route.ts';
import { effectiveKeys } from '../policies/attachment/effective.ts';
import { readAttached, type Attached } from '../policies/attachment/in-force.ts';
import { bytesSecurity, type BytesSecurity } from '../policies/security/bytes.ts';
import type { Reader } from '../reader.ts';
import { decidingRoute } from '../routes/bytes/deciding-route.ts';

/**
 * Says which clients may connect to the routes that serve server names of a port; a name without an entry is open to all.
 * Reads a route only when it has a policy of its own, so that edits of other routes leave the Listener alone. Costs
 * O(names and their routes), and as many round trips for one name as for all.
 */
export function bytesClients(
  reader: Reader,
  gateway: OurGateway,
  at: TransportPort,
  hostnames: readonly string[],
): ReadonlyMap<string, BytesSecurity> {
  const deciding = decidingRoutes(reader, gateway, at, hostnames);
  reader.expect(deciding.flatMap(({ route, sets }) => attachedPoliciesKeys(gateway, route, sets)));
  const guarded = deciding.map((of) => guardedRoute(of, readAttached(reader, gateway, of.route, of.sets)));
  reader.expect(guarded.flatMap(({ needs }) => needs));
  return new Map(
    guarded.flatMap(({ hostname, listener, route, hasOwn, attached }) => {
      const rule = hasOwn ? readRoute(reader, route)?.row.spec.rules[0] : undefined;
      const security = bytesSecurity(reader, attached, listener, rule?.name);
      return security === undefined ? [] : [[hostname, security] as const];
    }),
  );
}

interface DecidingOf {
  readonly hostname: string;
  readonly route: ResourceKey;
  readonly listener: PlaceListener;
  readonly sets: readonly ObjectName[];
}

function decidingRoutes(
  reader: Reader,
  gateway: OurGateway,
  at: TransportPort,
  hostnames: readonly string[],
): DecidingOf[] {
  const { namespace, name } = gateway;
  const indexes = hostnames.map((hostname) => routesAtHostname(namespace, name, at, hostname));
  reader.expect(indexes);
  reader.expect(indexes.flatMap((index) => reader.index(index)));
  expectHostOwners(reader, gateway, hostnames);
  return hostnames.flatMap((hostname) => {
    const { first } = decidingRoute(reader, gateway, at, hostname);
    if (first === undefined) return [];
    const { route, listener } = first;
    return [{ hostname, route, listener, sets: listener.set === undefined ? [] : [listener.set] }];
  });
}

/** Finds what the policies of a route are read from. */
function guardedRoute(of: DecidingOf, attached: Attached) {
  const hasOwn = attached.ofRoute.some(({ kind }) => kind === 'SecurityPolicy');
  const needs = [...effectiveKeys('SecurityPolicy', attached), ...(hasOwn ? [of.route] : [])];
  return { ...of, attached, hasOwn, needs };
}
