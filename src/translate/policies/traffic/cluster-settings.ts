import { resourceKey, type ResourceKey } from '../../../lib/key.ts';
import {
  backendOf,
  clusterName,
  parseClusterName,
  type BackendProtocol,
  type RoutingType,
} from '../../../units/cluster-name.ts';
import { renamed } from '../../../units/fallback-name.ts';
import type { ChainName } from '../../../units/plugin-chain.ts';
import { serviceIP } from '../../backends/backend-ref.ts';
import type { ForwardIR } from '../../ir.ts';
import type { Reader } from '../../reader.ts';
import type { ClusterTrafficIR } from '../../traffic-ir.ts';
import { clusterTrafficOf, hasClusterSettings } from './cluster-traffic.ts';
import { mergedSpec } from './merged-spec.ts';
import type { Traffic } from './rule-traffic.ts';

/** Returns the cluster of the policy in place of a backend's. */
export function clusterOf(reader: Reader, { spec, owners }: Traffic, name: string): string {
  const own = hasClusterSettings(spec) ? owners : undefined;
  if (own === undefined && spec.routingType === undefined) return name;
  return renamed(name, (member) => {
    const identity = parseClusterName(member);
    const { namespace, service, routingType: given } = identity;
    // A Backend has no address that stands for its endpoints.
    const wanted: RoutingType = backendOf(identity) === undefined ? (spec.routingType ?? given) : 'Endpoint';
    const row = wanted === 'Service' ? reader.row('Service', namespace, service) : undefined;
    // A headless Service has no address that stands for its pods.
    const isHeadless = row !== undefined && serviceIP(row) === undefined;
    return clusterName({ ...identity, routingType: isHeadless ? 'Endpoint' : wanted, traffic: own });
  });
}

/** Sends requests to the clusters of the policy. */
export function withClusters(reader: Reader, action: ForwardIR, traffic: Traffic): ForwardIR {
  const rename = (name: string): string => clusterOf(reader, traffic, name);
  return {
    ...action,
    backends: action.backends.map((backend) => ({
      ...backend,
      cluster: backend.cluster === undefined ? undefined : rename(backend.cluster),
    })),
    mirrors: action.mirrors.map((mirror) => ({ ...mirror, cluster: rename(mirror.cluster) })),
  };
}

export function ownerKeys({ own, parent }: ChainName): ResourceKey[] {
  return [own, ...(parent === undefined ? [] : [parent])].map(({ namespace, name }) =>
    resourceKey('BackendTrafficPolicy', namespace, name),
  );
}

/**
 * Returns the settings of a cluster's policies, of which `host` is the name in health checks. Undefined when a policy is
 * removed or cannot be read: its routes leave the cluster.
 */
export function clusterSettings(
  reader: Reader,
  owners: ChainName,
  host: string,
  protocol: BackendProtocol,
): ClusterTrafficIR | undefined {
  reader.expect(ownerKeys(owners));
  const { own, parent } = owners;
  const row = reader.row('BackendTrafficPolicy', own.namespace, own.name);
  const above = parent && reader.row('BackendTrafficPolicy', parent.namespace, parent.name);
  if (row === undefined || (parent !== undefined && above === undefined)) return undefined;
  const spec = above === undefined ? row.spec : mergedSpec(above.spec, row.spec);
  if ([row, above].some((policy) => policy?.spec.unreadable !== undefined)) return undefined;
  return clusterTrafficOf(spec, host, protocol);
}
