import type { HeaderChanges } from '../kinds/envoy-gateway/client-headers.ts';
import type { ClientSpec } from '../kinds/envoy-gateway/client-traffic-policy.ts';
import type { StringMatch } from '../kinds/envoy-gateway/string-match.ts';

/* Settings of ClientTrafficPolicies, without Envoy's types; see `ir.ts`. Undefined: the default. */

export type HeaderChangesIR = HeaderChanges;
export type TextMatchIR = StringMatch;

/** Settings of a whole port, of which a change drains all of its connections. */
export interface SocketIR {
  readonly keepalive: ClientSpec['tcpKeepalive'];
  /** The header that a load balancer sends first; `optional`: connections without it are taken too. */
  readonly proxyProtocol: 'required' | 'optional' | undefined;
  readonly bufferBytes: number | undefined;
  /** Bound of the buffers in the kernel, in each direction. */
  readonly socketBytes: number | undefined;
  /** Connections that a worker takes at once; 0: all. */
  readonly maxAccepts: number | undefined;
  /** Time to learn the server name and the like. */
  readonly inspectionMs: number | undefined;
  readonly fingerprints: readonly ('JA3' | 'JA4')[];
}

/** Settings of the connections of one filter chain. */
export interface ConnectionsIR {
  /** In each proxy. */
  readonly limit: { readonly max: number; readonly closeDelayMs: number | undefined } | undefined;
  readonly handshakeMs: number | undefined;
}

/** Settings of HTTP, as the policy gives them. */
export interface ClientHttpIR extends Pick<
  ClientSpec,
  | 'clientIPDetection'
  | 'path'
  | 'headers'
  | 'timeout'
  | 'http1'
  | 'http2'
  | 'grpc'
  | 'healthCheck'
  | 'scheme'
  | 'connection'
> {
  /** Host of HTTP/1.0 requests that give none. */
  readonly defaultHost: string | undefined;
}

export interface ClientTlsIR extends Pick<
  NonNullable<ClientSpec['tls']>,
  'minVersion' | 'maxVersion' | 'ciphers' | 'ecdhCurves' | 'signatureAlgorithms'
> {
  readonly resumesByTicket: boolean;
  readonly resumesById: boolean;
}
