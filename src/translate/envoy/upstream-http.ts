import type {
  Http2ProtocolOptions,
  HttpProtocolOptions as CommonOptions,
  KeepaliveSettings,
} from '../../../proto/gen/envoy/config/core/v3/protocol.ts';
import { HttpProtocolOptions } from '../../../proto/gen/envoy/extensions/upstreams/http/v3/http_protocol_options.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import type { ClusterTrafficIR } from '../traffic-ir.ts';
import { any } from './any.ts';
import { duration } from './duration.ts';

/** Makes the options of HTTP to a backend, by the extension's name. */
export function upstreamHttp(
  protocol: 'http1' | 'http2',
  traffic: ClusterTrafficIR | undefined,
): Map<string, Any> {
  const common = traffic === undefined ? {} : commonOptions(traffic);
  const options = any(HttpProtocolOptions, {
    ...(Object.keys(common).length === 0 ? {} : { commonHttpProtocolOptions: common }),
    upstreamProtocolOptions: versionOf(protocol, traffic),
  });
  return new Map([['envoy.extensions.upstreams.http.v3.HttpProtocolOptions', options]]);
}

function versionOf(
  protocol: 'http1' | 'http2',
  traffic: ClusterTrafficIR | undefined,
): HttpProtocolOptions['upstreamProtocolOptions'] {
  const http2ProtocolOptions = http2(traffic?.http2);
  if (traffic?.usesClientProtocol === true) {
    const value = { httpProtocolOptions: {}, http2ProtocolOptions };
    return { $case: 'useDownstreamProtocolConfig', value };
  }
  const protocolConfig =
    protocol === 'http1'
      ? ({ $case: 'httpProtocolOptions', value: {} } as const)
      : ({ $case: 'http2ProtocolOptions', value: http2ProtocolOptions } as const);
  return { $case: 'explicitHttpConfig', value: { protocolConfig } };
}

function commonOptions({
  idleMs,
  maxConnectionMs,
  maxStreamMs,
  maxRequests,
}: ClusterTrafficIR): CommonOptions {
  return {
    ...(idleMs === undefined ? {} : { idleTimeout: duration(idleMs) }),
    ...(maxConnectionMs === undefined ? {} : { maxConnectionDuration: duration(maxConnectionMs) }),
    ...(maxStreamMs === undefined ? {} : { maxStreamDuration: duration(maxStreamMs) }),
    ...(maxRequests === undefined ? {} : { maxRequestsPerConnection: maxRequests }),
  };
}

/** The windows are Envoy Gateway's defaults. */
function http2(own: ClusterTrafficIR['http2']): Http2ProtocolOptions {
  const action = own?.onInvalidMessage;
  const keepalive = own?.connectionKeepalive;
  return {
    ...(own?.maxConcurrentStreams === undefined ? {} : { maxConcurrentStreams: own.maxConcurrentStreams }),
    initialStreamWindowSize: own?.initialStreamWindowSize ?? 65_536,
    initialConnectionWindowSize: own?.initialConnectionWindowSize ?? 1_048_576,
    ...(action === undefined
      ? {}
      : { overrideStreamErrorOnInvalidHttpMessage: action === 'TerminateStream' }),
    ...(keepalive === undefined ? {} : { connectionKeepalive: keepaliveOf(keepalive) }),
  };
}

type KeepaliveIR = NonNullable<NonNullable<ClusterTrafficIR['http2']>['connectionKeepalive']>;

/** Envoy asks for a timeout, which must be below the interval. */
const defaultPingTimeoutMs = 5000;

function keepaliveOf({ interval, timeout, intervalJitter, idleInterval }: KeepaliveIR): KeepaliveSettings {
  const timeoutMs = timeout ?? Math.min(defaultPingTimeoutMs, Math.ceil((interval ?? Infinity) / 2));
  return {
    ...(interval === undefined ? {} : { interval: duration(interval) }),
    timeout: duration(timeoutMs),
    ...(intervalJitter === undefined ? {} : { intervalJitter: { value: intervalJitter } }),
    ...(idleInterval === undefined ? {} : { connectionIdleInterval: duration(idleInterval) }),
  };
}
