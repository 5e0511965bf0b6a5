import type { ClientSpec } from '../../../kinds/envoy-gateway/client-traffic-policy.ts';
import { anyHostname } from '../../../kinds/shape/hostname.ts';
import type { ClientHttpIR, ClientTlsIR, ConnectionsIR, SocketIR } from '../../client-ir.ts';

/** Settings of the socket that a policy gives, by their fields; see `SocketIR`. */
export function socketFields(spec: ClientSpec): string[] {
  const { tcpKeepalive, connection, timeout, tls } = spec;
  const given: Readonly<Record<string, boolean>> = {
    'spec.tcpKeepalive': tcpKeepalive !== undefined,
    'spec.proxyProtocol': proxyProtocol(spec) !== undefined,
    'spec.connection.bufferLimit': connection?.bufferLimit !== undefined,
    'spec.connection.socketBufferLimit': connection?.socketBufferLimit !== undefined,
    'spec.timeout.tcp.connectionInspectionTimeout': timeout?.tcp?.connectionInspectionTimeout !== undefined,
    'spec.tls.fingerprints': (tls?.fingerprints ?? []).length > 0,
  };
  return Object.keys(given).filter((field) => given[field] === true);
}

export function socketOf(spec: ClientSpec): SocketIR {
  return {
    keepalive: spec.tcpKeepalive,
    proxyProtocol: proxyProtocol(spec),
    bufferBytes: spec.connection?.bufferLimit,
    socketBytes: spec.connection?.socketBufferLimit,
    maxAccepts: spec.connection?.maxAcceptPerSocketEvent,
    inspectionMs: spec.timeout?.tcp?.connectionInspectionTimeout,
    fingerprints: spec.tls?.fingerprints ?? [],
  };
}

function proxyProtocol({ proxyProtocol: own, enableProxyProtocol }: ClientSpec): SocketIR['proxyProtocol'] {
  if (own !== undefined) return own.optional ? 'optional' : 'required';
  return enableProxyProtocol === true ? 'required' : undefined;
}

export function connectionsOf({ connection, timeout }: ClientSpec): ConnectionsIR {
  const { value, closeDelay } = connection?.connectionLimit ?? {};
  return {
    limit: value === undefined ? undefined : { max: value, closeDelayMs: closeDelay },
    handshakeMs: timeout?.tcp?.tlsHandshakeTimeout,
  };
}

export function httpOf(spec: ClientSpec, hostnames: readonly string[]): ClientHttpIR {
  const { clientIPDetection, path, headers, timeout, http1, http2, grpc, healthCheck, scheme, connection } =
    spec;
  return {
    clientIPDetection,
    path,
    headers,
    timeout,
    http1,
    http2,
    grpc,
    healthCheck,
    scheme,
    connection,
    defaultHost: http1?.http10?.useDefaultHost === true ? defaultHost(hostnames) : undefined,
  };
}

/** Returns the one hostname of listeners that share HTTP settings; undefined: there is none, or not one alone. */
export function defaultHost(hostnames: readonly string[]): string | undefined {
  const [first, ...rest] = new Set(hostnames);
  return first === undefined || rest.length > 0 || first.startsWith(anyHostname) ? undefined : first;
}

export function tlsOf({ tls }: ClientSpec): ClientTlsIR | undefined {
  if (tls === undefined) return undefined;
  const { minVersion, maxVersion, ciphers, ecdhCurves, signatureAlgorithms, session } = tls;
  const { stateless, stateful } = session?.resumption ?? {};
  return {
    minVersion,
    maxVersion,
    ciphers,
    ecdhCurves,
    signatureAlgorithms,
    resumesByTicket: stateless === true,
    resumesById: stateful === true,
  };
}
