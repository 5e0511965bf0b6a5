import { decodeRow } from '../kinds/decode.ts';
import { slicesOfService } from '../kinds/indexes.ts';
import { isIndexKey, type ReadKey, type UnitName } from '../lib/key.ts';
import type { Store } from '../store/store.ts';
import { backendOf, endpointsName, parseClusterName, type EndpointsIdentity } from '../units/cluster-name.ts';
import { fallbackMembers } from '../units/fallback-name.ts';
import { urlHost } from '../units/url-server.ts';
import { parseUnitName } from '../units/unit.ts';
import { parseWeightedEndpoints } from '../units/weighted-endpoints.ts';

/**
 * Returns keys by which the first endpoints of Services will come that a unit uses: the index of a Service's
 * EndpointSlices, and the slices that exist. Empty when each has an endpoint, or needs none. `known`: names of endpoints
 * that are used already. O(slices of the Services).
 */
export function firstEndpointKeys(
  store: Store,
  unit: UnitName,
  known: ReadonlySet<string> = new Set(),
): readonly ReadKey[] {
  return endpointsUsedBy(unit).flatMap((endpoints) => {
    const { namespace, service, routingType } = endpoints;
    // The endpoints of a Backend come with itself, and those of a URL by DNS.
    if (routingType === 'Service' || backendOf(endpoints) !== undefined || urlHost(endpoints) !== undefined)
      return [];
    if (known.has(endpointsName(endpoints))) return [];
    const index = slicesOfService(namespace, service);
    const slices = [...store.follow(index)];
    return slices.some((slice) => hasEndpoint(store, slice)) ? [] : [index, ...slices];
  });
}

export function endpointsUsedBy(name: UnitName): readonly EndpointsIdentity[] {
  const unit = parseUnitName(name);
  if (unit.kind === 'Cluster')
    return fallbackMembers(unit.cluster) === undefined ? [parseClusterName(unit.cluster)] : [];
  if (unit.kind !== 'WeightedEndpoints') return [];
  return parseWeightedEndpoints(unit.endpoints).backends.flatMap(({ of }) => of ?? []);
}

function hasEndpoint(store: Store, slice: ReadKey): boolean {
  const bytes = isIndexKey(slice) ? undefined : store.read(slice);
  if (bytes === undefined) return false;
  const { endpoints } = decodeRow('EndpointSlice', bytes);
  return endpoints.some(({ ready, serving, terminating }) => ready || (serving && terminating));
}
