import {
  Cluster_DiscoveryType,
  Cluster_LbPolicy,
  type Cluster,
} from '../../../proto/gen/envoy/config/cluster/v3/cluster.ts';
import { ClusterConfig } from '../../../proto/gen/envoy/extensions/clusters/aggregate/v3/cluster.ts';
import { DnsLookupFamily } from '../../../proto/gen/envoy/extensions/clusters/common/dns/v3/dns.ts';
import { DnsCluster } from '../../../proto/gen/envoy/extensions/clusters/dns/v3/dns_cluster.ts';
import type { ClusterIR } from '../backend-ir.ts';
import type { DnsIR, LookupFamily } from '../traffic-ir.ts';
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
        value: { name: 'envoy.clusters.dns', typedConfig: any(DnsCluster, dnsCluster(traffic?.dns)) },
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
function dnsCluster({
  refreshMs = 30_000,
  respectsTtl = true,
  family = 'IPv4Preferred',
}: DnsIR = {}): DnsCluster {
  return {
    dnsRefreshRate: duration(refreshMs),
    ...(respectsTtl ? { respectDnsTtl: true } : {}),
    dnsLookupFamily: families[family],
  };
}

const families: Readonly<Record<LookupFamily, DnsLookupFamily>> = {
  IPv4: DnsLookupFamily.V4_ONLY,
  IPv6: DnsLookupFamily.V6_ONLY,
  IPv4Preferred: DnsLookupFamily.V4_PREFERRED,
  IPv6Preferred: DnsLookupFamily.AUTO,
  IPv4AndIPv6: DnsLookupFamily.ALL,
};
