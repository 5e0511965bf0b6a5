import type { ResourceKey, UnitName } from '../../../lib/key.ts';
import { parseClusterName } from '../../../units/cluster-name.ts';
import { ourGatewayKey } from '../../../units/listener-rows.ts';
import { udpClusterName } from '../../../units/udp-cluster-name.ts';
import type { UnitFields } from '../../../units/unit-def.ts';
import { weightedEndpointsName } from '../../../units/weighted-endpoints.ts';
import { anyHostname } from '../../../kinds/shape/hostname.ts';
import { splitResourceKey } from '../../../lib/key.ts';
import { readOurGateway } from '../../attach/ownership.ts';
import { backendPlace } from '../../backends/backend-ref.ts';
import type { ClusterIR } from '../../backend-ir.ts';
import type { Reader } from '../../reader.ts';
import { clusterOf } from '../../policies/traffic/cluster-settings.ts';
import { balancerOf } from '../../policies/traffic/cluster-traffic.ts';
import type { Traffic } from '../../policies/traffic/rule-traffic.ts';
import type { FallbackBackend } from '../fallbacks.ts';
import { readBackends } from './backends.ts';
import { decidingRoute } from './deciding-route.ts';

export interface UdpCluster {
  readonly cluster: ClusterIR & { readonly endpoints: string };
  readonly route: ResourceKey | undefined;
  readonly refs: readonly UnitName[];
}

/**
 * Makes the Cluster of a UDP port, with the endpoints of the backends of its route. A new route gives it other endpoints
 * under the same name. Costs O(routes of the port + backends of one).
 */
export function translateUdpCluster(reader: Reader, unit: UnitFields['UdpCluster']): UdpCluster | undefined {
  const { namespace, name, port } = unit;
  reader.expect([ourGatewayKey(namespace, name)]);
  const gateway = readOurGateway(reader, namespace, name);
  if (gateway === undefined) return undefined;
  const deciding = decidingRoute(reader, gateway, { transport: 'udp', port }, anyHostname);
  const { backends, traffic } = readBackends(reader, gateway, deciding, backendPlace(reader, gateway));
  const balancer = traffic?.spec.loadBalancer;
  const route = deciding.first?.route;
  const home = route === undefined ? namespace : splitResourceKey(route).namespace;
  const cluster: UdpCluster['cluster'] = {
    name: udpClusterName(unit),
    endpoints: weightedEndpointsName({ namespace: home, backends: merged(reader, backends, traffic) }),
    statName: `${namespace}/${name}/${port}/udp`,
    protocol: 'udp',
    tls: undefined,
    ...(balancer === undefined ? {} : { balancer: balancerOf(balancer, 'udp') }),
  };
  return { cluster, route, refs: deciding.refs };
}

/** Adds up the weights of a Service that is named twice: its endpoints have one locality. */
function merged(reader: Reader, backends: readonly FallbackBackend[], traffic: Traffic | undefined) {
  const weights = new Map<string | undefined, number>();
  for (const { cluster, weight } of backends) {
    const name = cluster && traffic ? clusterOf(reader, traffic, cluster) : cluster;
    weights.set(name, (weights.get(name) ?? 0) + weight);
  }
  return [...weights].map(([cluster, weight]) => ({
    of: cluster === undefined ? undefined : parseClusterName(cluster),
    weight,
  }));
}
