import type { HttpProtocolOptions as CommonOptions } from '../../../proto/gen/envoy/config/core/v3/protocol.ts';
import { HttpProtocolOptions } from '../../../proto/gen/envoy/extensions/upstreams/http/v3/http_protocol_options.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import type { BackendTlsIR } from '../backend-ir.ts';
import type { ClusterTrafficIR } from '../traffic-ir.ts';
import { any } from './any.ts';
import { duration } from './duration.ts';
import { http2Options } from './http2-options.ts';

/** Makes the options of HTTP to a backend, by the extension's name. */
export function upstreamHttp(
  protocol: 'http1' | 'http2',
  traffic: ClusterTrafficIR | undefined,
  tls?: BackendTlsIR,
  isInternal = false,
): Map<string, Any> {
  const common = traffic === undefined ? {} : commonOptions(traffic);
  const options = any(HttpProtocolOptions, {
    ...(Object.keys(common).length === 0 ? {} : { commonHttpProtocolOptions: common }),
    ...(tls?.nameFrom === 'request' ? { upstreamHttpProtocolOptions: { autoSni: true } } : {}),
    upstreamProtocolOptions: versionOf(protocol, traffic, tls, isInternal),
  });
  return new Map([['envoy.extensions.upstreams.http.v3.HttpProtocolOptions', options]]);
}

function versionOf(
  protocol: 'http1' | 'http2',
  traffic: ClusterTrafficIR | undefined,
  tls: BackendTlsIR | undefined,
  isInternal: boolean,
): HttpProtocolOptions['upstreamProtocolOptions'] {
  const http2ProtocolOptions = http2Options(traffic?.http2, undefined);
  if (isInternal || traffic?.usesClientProtocol === true) {
    const value = { httpProtocolOptions: {}, http2ProtocolOptions };
    return { $case: 'useDownstreamProtocolConfig', value };
  }
  const alpn = tls?.parameters.alpnProtocols ?? [];
  if (alpn.includes('h2') && alpn.includes('http/1.1'))
    return { $case: 'autoConfig', value: { httpProtocolOptions: {}, http2ProtocolOptions } };
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
