import type { RouteFragment, XdsResource } from '../batch/outcome.ts';
import { resourceKey, type ResourceKey, type UnitName } from '../lib/key.ts';
import { fallbackMembers } from '../units/fallback-name.ts';
import { parseFilteredListener } from '../units/internal-listener-name.ts';
import { unitName } from '../units/unit.ts';
import type { ObjectName } from '../units/unit-def.ts';
import type { EncodedResource } from './envoy/resource.ts';
import { routeFragments } from './envoy/route-configuration.ts';
import type { RouteFragmentIR } from './ir.ts';

/* Parts of what units give. */

export function made(by: ResourceKey, ...resources: readonly EncodedResource[]): XdsResource[] {
  return resources.map((resource) => ({ ...resource, madeOf: [by] }));
}

export function gatewayKey({ namespace, name }: ObjectName): ResourceKey {
  return resourceKey('Gateway', namespace, name);
}

/** A cluster that leads to a listener of the proxy comes with that listener. */
function clusterRef(cluster: string): UnitName {
  const behind = parseFilteredListener(cluster);
  return unitName(
    behind === undefined
      ? { kind: 'Cluster', cluster }
      : { kind: 'Listener', ...behind, transport: 'filtered' },
  );
}

/** Returns the units of clusters, with the members of those that have some. */
export function clusterRefs(clusters: readonly string[]): UnitName[] {
  const all = clusters.flatMap((cluster) => [cluster, ...(fallbackMembers(cluster) ?? [])]);
  return [...new Set(all)].sort().map(clusterRef);
}

/** `policies`: those that may have shaped the fragments. */
export function parts(
  owner: ResourceKey,
  fragments: readonly RouteFragmentIR[],
  policies: readonly ResourceKey[] = [],
): RouteFragment[] {
  const madeOf = [owner, ...policies];
  return routeFragments(fragments).map((fragment) => ({ ...fragment, owner, madeOf }));
}
