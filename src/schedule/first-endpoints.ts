import { decodeRow } from '../kinds/decode.ts';
import { slicesOfService } from '../kinds/indexes.ts';
import { isIndexKey, type ReadKey, type UnitName } from '../lib/key.ts';
import type { Store } from '../store/store.ts';
import { parseClusterName } from '../units/cluster-name.ts';
import { parseUnitName } from '../units/unit.ts';

/**
 * Returns keys by which the first endpoint of a Cluster's Service will come: the index of its EndpointSlices, and the
 * slices that exist. Empty when the Service has an endpoint, or the Cluster needs none. O(slices of the Service).
 */
export function firstEndpointKeys(store: Store, cluster: UnitName): readonly ReadKey[] {
  const unit = parseUnitName(cluster);
  if (unit.kind !== 'Cluster') return [];
  const { namespace, service, routingType } = parseClusterName(unit.cluster);
  if (routingType === 'Service') return [];
  const index = slicesOfService(namespace, service);
  const slices = [...store.follow(index)];
  return slices.some((slice) => hasEndpoint(store, slice)) ? [] : [index, ...slices];
}

function hasEndpoint(store: Store, slice: ReadKey): boolean {
  const bytes = isIndexKey(slice) ? undefined : store.read(slice);
  if (bytes === undefined) return false;
  const { endpoints } = decodeRow('EndpointSlice', bytes);
  return endpoints.some(({ ready, serving, terminating }) => ready || (serving && terminating));
}
