import { Cluster, Cluster_LbPolicy } from '../../../proto/gen/envoy/config/cluster/v3/cluster.ts';
import type { BackendTlsIR, ClusterIR } from '../backend-ir.ts';
import { ClusterLoadAssignment } from '../../../proto/gen/envoy/config/endpoint/v3/endpoint.ts';
import { Secret } from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/secret.ts';
import { typeUrl } from './any.ts';
import { clusterTraffic, withProxyProtocol } from './cluster-traffic.ts';
import { loadBalancer } from './load-balancer.ts';
import { discovery } from './cluster-discovery.ts';
import { duration } from './duration.ts';
import { upstreamTls } from './tls-context.ts';
import { upstreamHttp } from './upstream-http.ts';
import { resource, type EncodedResource } from './resource.ts';

/** Returns the SDS names of what a connection to a backend needs. */
export function secretsOf(tls: BackendTlsIR | undefined): string[] {
  return [tls?.authorities, tls?.certificate].flatMap((name) => name ?? []);
}

/** Encodes a Cluster. The numbers are Envoy Gateway's defaults. */
export function clusterResource(cluster: ClusterIR): EncodedResource {
  const { name, endpoints, statName, protocol, tls, traffic } = cluster;
  const message: Cluster = {
    name,
    ...(statName === name ? {} : { altStatName: statName }),
    connectTimeout: duration(10_000),
    perConnectionBufferLimitBytes: 32_768,
    lbPolicy: Cluster_LbPolicy.LEAST_REQUEST,
    // Envoy's default of 3 retries at a time would disable an HTTPRoute's retry under load.
    circuitBreakers: { thresholds: [cluster.isInternal === true ? unbounded : { maxRetries: 1024 }] },
    // Drops an endpoint as soon as EDS does: no health check would ever remove it.
    ignoreHealthOnHostRemoval: true,
    ...transport(cluster),
    ...ofProtocol(cluster),
    ...(traffic === undefined ? {} : clusterTraffic(traffic, protocol === 'http2')),
    ...discovery(cluster),
  };
  return resource(Cluster, name, message, [
    ...(endpoints === undefined ? [] : [{ typeUrl: typeUrl(ClusterLoadAssignment), name: endpoints }]),
    ...secretsOf(tls).map((secret) => ({ typeUrl: typeUrl(Secret), name: secret })),
  ]);
}

const maxUint32 = 4_294_967_295;
const unbounded = {
  maxConnections: maxUint32,
  maxPendingRequests: maxUint32,
  maxRequests: maxUint32,
};

function transport({ protocol, tls, traffic }: ClusterIR): Partial<Cluster> {
  const inner = tls && upstreamTls(tls, protocol);
  const version = traffic?.proxyProtocol;
  const transportSocket = version === undefined ? inner : withProxyProtocol(version, inner);
  return transportSocket === undefined ? {} : { transportSocket };
}

/** Fields that depend on the protocol. Endpoints of a UDP port share its traffic by the weights of their localities. */
function ofProtocol({ protocol, traffic, balancer, isInternal, tls }: ClusterIR): Partial<Cluster> {
  switch (protocol) {
    case 'http1':
    case 'http2':
      return { typedExtensionProtocolOptions: upstreamHttp(protocol, traffic, tls, isInternal) };
    case 'tcp':
      return {};
    case 'udp':
      return {
        ...(balancer === undefined ? { lbPolicy: Cluster_LbPolicy.ROUND_ROBIN } : loadBalancer(balancer)),
        commonLbConfig: { localityConfigSpecifier: { $case: 'localityWeightedLbConfig', value: {} } },
      };
  }
}
