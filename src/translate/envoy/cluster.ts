import {
  Cluster,
  Cluster_DiscoveryType,
  Cluster_LbPolicy,
} from '../../../proto/gen/envoy/config/cluster/v3/cluster.ts';
import { HttpProtocolOptions } from '../../../proto/gen/envoy/extensions/upstreams/http/v3/http_protocol_options.ts';
import type { BackendTlsIR, ClusterIR } from '../backend-ir.ts';
import { ClusterLoadAssignment } from '../../../proto/gen/envoy/config/endpoint/v3/endpoint.ts';
import { Secret } from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/secret.ts';
import { any, typeUrl } from './any.ts';
import { adsConfigSource } from './config-source.ts';
import { duration } from './duration.ts';
import { upstreamTls } from './tls-context.ts';
import { resource, type EncodedResource } from './resource.ts';

/** Returns the SDS names of what a connection to a backend needs. */
export function secretsOf(tls: BackendTlsIR | undefined): string[] {
  if (tls === undefined) return [];
  return tls.certificate === undefined ? [tls.authorities] : [tls.authorities, tls.certificate];
}

/**
 * Encodes a Cluster whose endpoints come by EDS. The numbers are Envoy Gateway's defaults. One that may not be used has no
 * endpoint: Envoy then opens no connection, and answers 503 at once.
 */
export function clusterResource({ name, endpoints, statName, protocol, tls }: ClusterIR): EncodedResource {
  const type = endpoints === undefined ? Cluster_DiscoveryType.STATIC : Cluster_DiscoveryType.EDS;
  const message: Cluster = {
    name,
    ...(statName === name ? {} : { altStatName: statName }),
    clusterDiscoveryType: { $case: 'type', value: type },
    ...(endpoints === undefined
      ? {}
      : { edsClusterConfig: { edsConfig: adsConfigSource, serviceName: endpoints } }),
    connectTimeout: duration(10_000),
    perConnectionBufferLimitBytes: 32_768,
    lbPolicy: Cluster_LbPolicy.LEAST_REQUEST,
    // Envoy's default of 3 retries at a time would disable an HTTPRoute's retry under load.
    circuitBreakers: { thresholds: [{ maxRetries: 1024 }] },
    // Drops an endpoint as soon as EDS does: no health check would ever remove it.
    ignoreHealthOnHostRemoval: true,
    ...(tls === undefined ? {} : { transportSocket: upstreamTls(tls, protocol) }),
    ...ofProtocol[protocol],
  };
  return resource(Cluster, name, message, [
    ...(endpoints === undefined ? [] : [{ typeUrl: typeUrl(ClusterLoadAssignment), name: endpoints }]),
    ...secretsOf(tls).map((secret) => ({ typeUrl: typeUrl(Secret), name: secret })),
  ]);
}

const http1 = http({
  $case: 'explicitHttpConfig',
  value: { protocolConfig: { $case: 'httpProtocolOptions', value: {} } },
});

const http2 = http({
  $case: 'explicitHttpConfig',
  value: {
    protocolConfig: {
      $case: 'http2ProtocolOptions',
      value: { initialStreamWindowSize: 65_536, initialConnectionWindowSize: 1_048_576 },
    },
  },
});

/** Fields that depend on the protocol. Endpoints of a UDP port share its traffic by the weights of their localities. */
const ofProtocol: Readonly<Record<ClusterIR['protocol'], Partial<Cluster>>> = {
  http1,
  http2,
  tcp: {},
  udp: {
    lbPolicy: Cluster_LbPolicy.ROUND_ROBIN,
    commonLbConfig: {
      localityConfigSpecifier: { $case: 'localityWeightedLbConfig', value: {} },
    },
  },
};

function http(upstreamProtocolOptions: HttpProtocolOptions['upstreamProtocolOptions']): Partial<Cluster> {
  const options = any(HttpProtocolOptions, { upstreamProtocolOptions });
  return {
    typedExtensionProtocolOptions: new Map([
      ['envoy.extensions.upstreams.http.v3.HttpProtocolOptions', options],
    ]),
  };
}
