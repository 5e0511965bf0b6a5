import {
  backendOf,
  endpointsName,
  parseClusterName,
  sourceOf,
  statName,
  type ClusterIdentity,
} from '../../units/cluster-name.ts';
import { ourGatewayKey } from '../../units/listener-rows.ts';
import { fallbackMembers } from '../../units/fallback-name.ts';
import { urlHost } from '../../units/url-server.ts';
import type { BackendTlsIR, ClusterIR } from '../backend-ir.ts';
import { resourceKey, type ReadKey, type ResourceKey } from '../../lib/key.ts';
import type { BackendRow } from '../../kinds/envoy-gateway/backend.ts';
import { ownedSettings, settingsOwners } from '../policies/traffic/owned-settings.ts';
import type { Reader } from '../reader.ts';
import { acceptedBackend, acceptedKeys } from './backend-facts.ts';
import { endpointName, localitiesOf } from './backend-endpoints.ts';
import { tlsOfBackend, tlsOfService } from './cluster-tls.ts';
import { clusterOfUrl } from './url-cluster.ts';

/**
 * Makes a Cluster, which follows from its name alone when it is of a Service and in clear text. Returns undefined for one
 * over TLS that nothing asks for, whose Gateway has no TLS settings, whose Backend is refused, or whose settings are gone:
 * routes are about to leave it, and proxies keep the form that they have until then.
 */
export function translateCluster(reader: Reader, name: string): ClusterIR | undefined {
  const members = fallbackMembers(name);
  if (members !== undefined) return fallbackCluster(name, members);
  const identity = parseClusterName(name);
  const named = urlHost(identity);
  if (named !== undefined) return clusterOfUrl(reader, name, identity, named);
  reader.expect(firstKeys(identity));
  const backend = backendOf(identity);
  const row = backend === undefined ? undefined : acceptedBackend(reader, identity.namespace, backend);
  if (backend !== undefined && row === undefined) return undefined;
  const tls = tlsOf(reader, identity, row);
  const host = (row && endpointName(row)) ?? `${backend ?? identity.service}.${identity.namespace}`;
  const traffic = ownedSettings(reader, identity, host);
  if (tls === undefined || traffic === 'absent') return undefined;
  return {
    name,
    ...(tls === 'closed'
      ? { endpoints: undefined }
      : endpointsOf({ ...identity, options: traffic?.endpointOptions }, row)),
    statName: statName(identity),
    protocol: identity.protocol,
    tls: typeof tls === 'string' ? undefined : tls,
    ...(traffic === undefined ? {} : { traffic }),
  };
}

/** Returns the objects that a Cluster is made of; none for one that follows from a URL. */
export function clusterSources(name: string): ResourceKey[] {
  const clusters = (fallbackMembers(name) ?? [name]).map(parseClusterName);
  const keys = clusters.flatMap((identity) => [
    ...(urlHost(identity) === undefined ? [sourceOf(identity)] : []),
    ...settingsOwners(identity),
  ]);
  return [...new Set(keys)];
}

/** All members speak the protocol of the first as far as HTTP goes; each connects by its own settings. */
function fallbackCluster(name: string, members: readonly string[]): ClusterIR {
  const [first = ''] = members;
  const { protocol } = parseClusterName(first);
  return { name, endpoints: undefined, members, statName: name, protocol, tls: undefined };
}

function firstKeys(identity: ClusterIdentity): ReadKey[] {
  const backend = backendOf(identity);
  const client = identity.tls?.client;
  return [
    ...(backend === undefined ? [] : acceptedKeys(identity.namespace, backend)),
    ...(client === undefined
      ? []
      : [
          ourGatewayKey(client.namespace, client.name),
          resourceKey('Gateway', client.namespace, client.name),
        ]),
  ];
}

/** Returns `closed` when what is asked for cannot be had. */
function tlsOf(
  reader: Reader,
  identity: ClusterIdentity,
  row: BackendRow | undefined,
): BackendTlsIR | 'none' | 'closed' | undefined {
  const { tls } = identity;
  if (tls === undefined) return 'none';
  return row === undefined
    ? tlsOfService(reader, { ...identity, tls })
    : tlsOfBackend(reader, { ...identity, tls }, row);
}

/** Names are resolved by Envoy, and so are part of the Cluster; all other endpoints come by EDS. */
function endpointsOf(
  identity: Parameters<typeof endpointsName>[0],
  row: BackendRow | undefined,
): Pick<ClusterIR, 'endpoints' | 'resolved'> {
  const isResolved = row?.spec.endpoints.some(({ fqdn }) => fqdn !== undefined) === true;
  return isResolved
    ? { endpoints: undefined, resolved: localitiesOf(row) }
    : { endpoints: endpointsName(identity) };
}
