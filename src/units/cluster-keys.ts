import { resourceKey, type ReadKey, type ResourceKey } from '../lib/key.ts';
import { backendOf, parseClusterName, sourceOf } from './cluster-name.ts';
import { fallbackMembers } from './fallback-name.ts';
import { urlHost } from './url-server.ts';
import type { ObjectName } from './unit-def.ts';

/** Returns rows that translation of a cluster surely reads; none of a cluster of clusters, which follows from its name. */
export function clusterKeys(cluster: string): ReadKey[] {
  if (fallbackMembers(cluster) !== undefined) return [];
  const identity = parseClusterName(cluster);
  const { tls, settings } = identity;
  return [
    ...(urlHost(identity) === undefined ? [sourceOf(identity)] : []),
    ...(tls?.client === undefined ? [] : [resourceKey('Gateway', tls.client.namespace, tls.client.name)]),
    ...(settings === undefined ? [] : [resourceKey(settings.kind, settings.namespace, settings.name)]),
  ];
}

/** Returns the object that names the CAs of a unit `BackendAuthorities`. */
export function authoritiesSource({ namespace, name }: ObjectName): ResourceKey {
  return backendOf({ service: name }) === undefined
    ? resourceKey('BackendTLSPolicy', namespace, name)
    : sourceOf({ namespace, service: name });
}
