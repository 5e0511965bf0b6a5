import { TypedExtensionConfig } from '../../../proto/gen/envoy/config/core/v3/extension.ts';
import type { Filter } from '../../../proto/gen/envoy/config/listener/v3/listener_components.ts';
import { TcpProxy } from '../../../proto/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.ts';
import type { HashPolicy } from '../../../proto/gen/envoy/type/v3/hash_policy.ts';
import type { TcpProxyIR } from '../listener-ir.ts';
import { accessLogField } from './access-log.ts';
import { any, typeUrl } from './any.ts';
import { adsConfigSource } from './config-source.ts';
import { duration } from './duration.ts';
import { resource, type EncodedResource } from './resource.ts';

/** Makes the filter of a chain, whose config comes by ECDS: a change of it leaves the Listener and its connections alone. */
export function tcpProxyFilter(name: string): Filter {
  const value = { configSource: adsConfigSource, typeUrls: [typeUrl(TcpProxy)] };
  return { name, configType: { $case: 'configDiscovery', value } };
}

/** Encodes the config. Connections that exist keep the one that they began with. */
export function tcpProxyResource({
  name,
  statPrefix,
  backends,
  hashesSource,
  accessLogs,
  idleMs,
}: TcpProxyIR): EncodedResource {
  const message: TcpProxy = {
    statPrefix,
    clusterSpecifier: clusterSpecifier(backends),
    maxConnectAttempts,
    ...(idleMs === undefined ? {} : { idleTimeout: duration(idleMs) }),
    ...(hashesSource ? { hashPolicy: [bySource] } : {}),
    ...accessLogField(accessLogs),
  };
  return resource(TypedExtensionConfig, name, { name, typedConfig: any(TcpProxy, message) });
}

const bySource: HashPolicy = { policySpecifier: { $case: 'sourceIp', value: {} } };

function clusterSpecifier(backends: TcpProxyIR['backends']): TcpProxy['clusterSpecifier'] {
  const [first] = backends;
  if (first === undefined || backends.length === 1) {
    return { $case: 'cluster', value: first?.cluster ?? noCluster };
  }
  const clusters = backends.map(({ cluster = noCluster, weight }) => ({ name: cluster, weight }));
  return { $case: 'weightedClusters', value: { clusters } };
}

/** Name of no cluster: Envoy closes the connection. */
const noCluster = 'sluice/none';

/**
 * A pod that ends refuses connections before its endpoint is removed, and another endpoint takes the connection. More
 * attempts cost time where endpoints do not answer at all: up to the connect timeout for each.
 */
const maxConnectAttempts = 3;
