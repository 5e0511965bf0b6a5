import {
  Cluster_DiscoveryType,
  Cluster_LbPolicy,
  type Cluster,
} from '../../../proto/gen/envoy/config/cluster/v3/cluster.ts';
import { ClusterConfig } from '../../../proto/gen/envoy/extensions/clusters/aggregate/v3/cluster.ts';
import { DnsLookupFamily } from '../../../proto/gen/envoy/extensions/clusters/common/dns/v3/dns.ts';
import { DnsCluster } from '../../../proto/gen/envoy/extensions/clusters/dns/v3/dns_cluster.ts';
import type { ClusterIR } from '../backend-ir.ts';
import { any } from './any.ts';
import { adsConfigSource } from './config-source.ts';
import { duration } from './duration.ts';
import { localities } from './local-assignment.ts';

/**
 * Returns the fields by which Envoy finds the endpoints: EDS, names, or other clusters. A Cluster that may not be used has
 * none: Envoy then opens no connection, and answers 503 at once.
 */
export function discovery({ name, endpoints, resolved, members, traffic }: ClusterIR): Partial<Cluster> {
  if (members !== undefined) {
    return {
      clusterDiscoveryType: {
        $case: 'clusterType',
        value: {
          name: 'envoy.clusters.aggregate',
          typedConfig: any(ClusterConfig, { clusters: [...members] }),
        },
      },
      lbPolicy: Cluster_LbPolicy.CLUSTER_PROVIDED,
    };
  }
  if (resolved !== undefined) {
    return {
      clusterDiscoveryType: {
        $case: 'clusterType',
        value: { name: 'envoy.clusters.dns', typedConfig: any(DnsCluster, dns) },
      },
      loadAssignment: { clusterName: name, endpoints: localities(resolved, traffic?.endpointOptions) },
    };
  }
  if (endpoints === undefined)
    return { clusterDiscoveryType: { $case: 'type', value: Cluster_DiscoveryType.STATIC } };
  return {
    clusterDiscoveryType: { $case: 'type', value: Cluster_DiscoveryType.EDS },
    edsClusterConfig: { edsConfig: adsConfigSource, serviceName: endpoints },
  };
}

/** Envoy Gateway's defaults: the TTL of an answer counts, and the rate only where it has none. */
const dns: DnsCluster = {
  dnsRefreshRate: duration(30_000),
  respectDnsTtl: true,
  dnsLookupFamily: DnsLookupFamily.V4_PREFERRED,
};
