import type { HostClaimRow, HostOwnerRow } from '../../kinds/derived/host-owner.ts';
import { claimsOfHostname } from '../../kinds/indexes.ts';
import { encodeJson } from '../../kinds/json-row.ts';
import type { RouteKind } from '../../kinds/route-kind.ts';
import type { DerivedRow } from '../../kinds/row.ts';
import { coveringHostnames } from '../../kinds/shape/hostname.ts';
import { resourceKey, splitResourceKey, type ResourceKey } from '../../lib/key.ts';
import { claimingRoute, hostClaimKey, hostOwnerKey } from '../../units/host-owner-keys.ts';
import type { ObjectName } from '../../units/unit-def.ts';
import type { Reader } from '../reader.ts';
import { attachedListeners } from './attachment.ts';
import { parentsAt } from './listener-set-parents.ts';
import { compareText } from './compare-text.ts';
import { readOurGateway, type OurGateway } from './ownership.ts';
import { readRoute } from './read-route.ts';

export function hostClaim(
  reader: Reader,
  { namespace, name, route }: ObjectName & { readonly route: ResourceKey },
): DerivedRow[] {
  const found = readRoute(reader, route);
  if (found === undefined) return [];
  const { creationTimestamp } = found.row.metadata;
  const { parentRefs, hostnames } = found.row.spec;
  const claim: HostClaimRow = {
    creationTimestamp,
    parentRefs: parentsAt(reader, { namespace, name }, route, parentRefs),
    hostnames,
  };
  const indexes = [...new Set(hostnames)].sort().map((one) => claimsOfHostname(namespace, name, one));
  return [{ key: hostClaimKey(namespace, name, route), bytes: encodeJson(claim), indexes, follow: [] }];
}

/** Makes the row of a hostname's owner. Costs O(claims); reads their rows only when several namespaces have claims. */
export function hostOwner(
  reader: Reader,
  { namespace, name, hostname }: ObjectName & { readonly hostname: string },
): DerivedRow[] {
  const gateway = readOurGateway(reader, namespace, name);
  if (gateway === undefined) return [];
  // The last one covers every name and belongs to no namespace.
  const hostnames = [hostname, ...coveringHostnames(hostname).slice(0, -1)];
  const indexes = hostnames.map((one) => claimsOfHostname(namespace, name, one));
  reader.expect(indexes);
  const claims = new Set(indexes.flatMap((index) => reader.index(index)));
  const row: HostOwnerRow = { namespace: ownerOf(reader, gateway, [...claims], hostnames) };
  return [{ key: hostOwnerKey(namespace, name, hostname), bytes: encodeJson(row), indexes: [], follow: [] }];
}

function ownerOf(
  reader: Reader,
  gateway: OurGateway,
  keys: readonly ResourceKey[],
  hostnames: readonly string[],
): string {
  const routes = keys.map(claimingRoute);
  const namespaces = [...new Set(routes.map((route) => splitResourceKey(route).namespace))];
  const [only = ''] = namespaces;
  if (namespaces.length <= 1) return only;
  reader.expect([...keys, ...namespaces.map((name) => resourceKey('Namespace', '', name))]);
  const first = routes
    .flatMap((route) => {
      const claim: HostClaimRow | undefined = reader.row(
        'HostClaim',
        gateway.namespace,
        `${gateway.name}/${route}`,
      );
      return claim === undefined ? [] : [{ route, ...claim }];
    })
    .sort(byAge)
    .find((claim) => isAttached(reader, gateway, claim, hostnames));
  return first === undefined ? '' : splitResourceKey(first.route).namespace;
}

interface Claim extends HostClaimRow {
  readonly route: ResourceKey;
}

/** Sorts like routes of equal matches: older first, then by name. A route from a file has no age and is the oldest. */
function byAge(a: Claim, b: Claim): number {
  return compareText(a.creationTimestamp, b.creationTimestamp) || compareText(a.route, b.route);
}

function isAttached(
  reader: Reader,
  gateway: OurGateway,
  { route, parentRefs, hostnames: own }: Claim,
  hostnames: readonly string[],
): boolean {
  const { kind, namespace } = splitResourceKey(route);
  const listeners = attachedListeners(reader, gateway, {
    // Only routes make claims.
    kind: kind as RouteKind,
    namespace,
    parentRefs,
    hostnames: own.filter((hostname) => hostnames.includes(hostname)),
  });
  return listeners.length > 0;
}
