import { RequestMethod } from '../../../proto/gen/envoy/config/core/v3/base.ts';
import type {
  HealthCheck,
  HealthCheck_Payload,
} from '../../../proto/gen/envoy/config/core/v3/health_check.ts';
import { CodecClientType } from '../../../proto/gen/envoy/type/v3/http.ts';
import type { Int64Range } from '../../../proto/gen/envoy/type/v3/range.ts';
import type { ClusterTrafficIR } from '../traffic-ir.ts';
import { duration } from './duration.ts';

type ActiveIR = NonNullable<ClusterTrafficIR['active']>;
type PayloadIR = NonNullable<NonNullable<ActiveIR['tcp']>['send']>;

/**
 * Returns no check by gRPC of backends that speak HTTP/1: Envoy rejects such a cluster. `host` names a backend where the
 * policy does not; Envoy's own choice, the name of the cluster, is no host.
 */
export function healthChecks(check: ActiveIR, isHttp2: boolean, host: string): HealthCheck[] {
  const checker = checkerOf(check, isHttp2, host);
  if (checker === undefined) return [];
  const { timeout, interval, initialJitter, unhealthyThreshold, healthyThreshold } = check;
  return [
    {
      timeout: duration(timeout),
      interval: duration(interval),
      // Without requests Envoy would wait for a minute.
      noTrafficInterval: duration(interval),
      ...(initialJitter === undefined ? {} : { initialJitter: duration(initialJitter) }),
      unhealthyThreshold,
      healthyThreshold,
      healthChecker: checker,
    },
  ];
}

function checkerOf(
  { type, http, tcp, grpc }: ActiveIR,
  isHttp2: boolean,
  host: string,
): HealthCheck['healthChecker'] {
  switch (type) {
    case 'HTTP':
      return http && { $case: 'httpHealthCheck', value: httpCheck(http, isHttp2, host) };
    case 'TCP':
      return {
        $case: 'tcpHealthCheck',
        value: {
          ...(tcp?.send === undefined ? {} : { send: payload(tcp.send) }),
          ...(tcp?.receive === undefined ? {} : { receive: [payload(tcp.receive)] }),
        },
      };
    case 'GRPC':
      return isHttp2
        ? { $case: 'grpcHealthCheck', value: { serviceName: grpc?.service ?? '', authority: host } }
        : undefined;
  }
}

function httpCheck(http: NonNullable<ActiveIR['http']>, isHttp2: boolean, host: string) {
  const { hostname, path, method, expectedStatuses, retriableStatuses, expectedResponse, requestBody } = http;
  return {
    host: hostname ?? host,
    path,
    ...(method === undefined ? {} : { method: RequestMethod[method] }),
    ...(expectedStatuses === undefined ? {} : { expectedStatuses: expectedStatuses.map(oneStatus) }),
    ...(retriableStatuses === undefined ? {} : { retriableStatuses: retriableStatuses.map(oneStatus) }),
    ...(expectedResponse === undefined ? {} : { receive: [payload(expectedResponse)] }),
    ...(requestBody === undefined ? {} : { send: payload(requestBody) }),
    ...(isHttp2 ? { codecClientType: CodecClientType.HTTP2 } : {}),
  };
}

/** Ranges are half open. */
function oneStatus(status: number): Int64Range {
  return { start: status, end: status + 1 };
}

function payload({ type, text = '', binary = '' }: PayloadIR): HealthCheck_Payload {
  const bytes = type === 'Text' ? Buffer.from(text) : Buffer.from(binary, 'base64');
  return { payload: { $case: 'text', value: bytes.toString('hex') } };
}
