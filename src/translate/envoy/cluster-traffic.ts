import type {
  CircuitBreakers,
  CircuitBreakers_Thresholds,
} from '../../../proto/gen/envoy/config/cluster/v3/circuit_breaker.ts';
import type {
  Cluster,
  Cluster_PreconnectPolicy,
} from '../../../proto/gen/envoy/config/cluster/v3/cluster.ts';
import type { OutlierDetection } from '../../../proto/gen/envoy/config/cluster/v3/outlier_detection.ts';
import type { TransportSocket } from '../../../proto/gen/envoy/config/core/v3/base.ts';
import { ProxyProtocolConfig_Version } from '../../../proto/gen/envoy/config/core/v3/proxy_protocol.ts';
import { ProxyProtocolUpstreamTransport } from '../../../proto/gen/envoy/extensions/transport_sockets/proxy_protocol/v3/upstream_proxy_protocol.ts';
import { RawBuffer } from '../../../proto/gen/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer.ts';
import type { ClusterTrafficIR } from '../traffic-ir.ts';
import { any } from './any.ts';
import { duration } from './duration.ts';
import { healthChecks } from './health-check.ts';
import { loadBalancer, localityFields } from './load-balancer.ts';
import { socketBuffers } from './socket-buffer.ts';

/** Returns fields of a Cluster in place of the defaults. */
export function clusterTraffic(traffic: ClusterTrafficIR, isHttp2: boolean): Partial<Cluster> {
  const { connectMs, bufferBytes, socketBytes, active, passive, panicPercent } = traffic;
  const { breaker, keepalive, preconnect } = traffic;
  const locality = localityFields(traffic.balancer);
  return {
    ...loadBalancer(traffic.balancer),
    ...(connectMs === undefined ? {} : { connectTimeout: duration(connectMs) }),
    ...(bufferBytes === undefined ? {} : { perConnectionBufferLimitBytes: bufferBytes }),
    ...(socketBytes === undefined
      ? {}
      : { upstreamBindConfig: { socketOptions: socketBuffers(socketBytes) } }),
    ...(active === undefined ? {} : { healthChecks: healthChecks(active, isHttp2, traffic.host) }),
    ...(passive === undefined ? {} : { outlierDetection: outlierDetection(passive) }),
    ...(panicPercent === undefined && locality === undefined
      ? {}
      : { commonLbConfig: { ...locality, ...panicField(panicPercent) } }),
    ...(breaker === undefined ? {} : { circuitBreakers: circuitBreakers(breaker) }),
    ...(keepalive === undefined
      ? {}
      : { upstreamConnectionOptions: { tcpKeepalive: keepaliveOf(keepalive) } }),
    ...(preconnect === undefined ? {} : { preconnectPolicy: preconnectPolicy(preconnect) }),
  };
}

function panicField(percent: number | undefined): NonNullable<Cluster['commonLbConfig']> {
  return percent === undefined ? {} : { healthyPanicThreshold: { value: percent } };
}

type PassiveIR = NonNullable<ClusterTrafficIR['passive']>;

/** Gateway errors and the share of failures eject only where the policy asks for it. */
function outlierDetection(passive: PassiveIR): OutlierDetection {
  const { consecutiveGatewayErrors, failurePercentageThreshold } = passive;
  return {
    consecutive5xx: passive.consecutive5XxErrors,
    interval: duration(passive.interval),
    baseEjectionTime: duration(passive.baseEjectionTime),
    maxEjectionPercent: passive.maxEjectionPercent,
    ...(consecutiveGatewayErrors === undefined
      ? {}
      : {
          consecutiveGatewayFailure: consecutiveGatewayErrors,
          enforcingConsecutiveGatewayFailure: consecutiveGatewayErrors === 0 ? 0 : 100,
        }),
    ...(passive.splitExternalLocalOriginErrors
      ? {
          splitExternalLocalOriginErrors: true,
          consecutiveLocalOriginFailure: passive.consecutiveLocalOriginFailures,
        }
      : {}),
    ...(failurePercentageThreshold === undefined
      ? {}
      : {
          failurePercentageThreshold,
          enforcingFailurePercentage: failurePercentageThreshold === 0 ? 0 : 100,
        }),
    ...(passive.alwaysEjectOneEndpoint ? { alwaysEjectOneHost: true } : {}),
  };
}

type BreakerIR = NonNullable<ClusterTrafficIR['breaker']>;

/** A budget takes the place of the bound of retries. */
function circuitBreakers(breaker: BreakerIR): CircuitBreakers {
  const { perEndpoint, retryBudget } = breaker;
  const thresholds: CircuitBreakers_Thresholds = {
    maxConnections: breaker.maxConnections,
    maxPendingRequests: breaker.maxPendingRequests,
    maxRequests: breaker.maxParallelRequests,
    maxRetries: breaker.maxParallelRetries,
    ...(retryBudget === undefined
      ? {}
      : {
          retryBudget: {
            budgetPercent: { value: (retryBudget.percent.numerator / retryBudget.percent.denominator) * 100 },
            minRetryConcurrency: retryBudget.minRetryConcurrency,
          },
        }),
  };
  return {
    thresholds: [thresholds],
    ...(perEndpoint === undefined
      ? {}
      : { perHostThresholds: [{ maxConnections: perEndpoint.maxConnections }] }),
  };
}

function keepaliveOf({ probes, idleTime, interval }: NonNullable<ClusterTrafficIR['keepalive']>) {
  return {
    ...(probes === undefined ? {} : { keepaliveProbes: probes }),
    ...(idleTime === undefined ? {} : { keepaliveTime: idleTime }),
    ...(interval === undefined ? {} : { keepaliveInterval: interval }),
  };
}

function preconnectPolicy({
  perEndpointPercent,
  predictivePercent,
}: NonNullable<ClusterTrafficIR['preconnect']>): Cluster_PreconnectPolicy {
  return {
    ...(perEndpointPercent === undefined ? {} : { perUpstreamPreconnectRatio: perEndpointPercent / 100 }),
    ...(predictivePercent === undefined ? {} : { predictivePreconnectRatio: predictivePercent / 100 }),
  };
}

/** Puts the header that names the client before the bytes of a transport; undefined: clear text. */
export function withProxyProtocol(
  version: NonNullable<ClusterTrafficIR['proxyProtocol']>,
  inner: TransportSocket | undefined,
): TransportSocket {
  const config = { version: ProxyProtocolConfig_Version[version] };
  const transportSocket = inner ?? {
    name: 'envoy.transport_sockets.raw_buffer',
    configType: { $case: 'typedConfig', value: any(RawBuffer, {}) },
  };
  return {
    name: 'envoy.transport_sockets.upstream_proxy_protocol',
    configType: {
      $case: 'typedConfig',
      value: any(ProxyProtocolUpstreamTransport, { config, transportSocket }),
    },
  };
}
