import type { Listener } from '../../../proto/gen/envoy/config/listener/v3/listener.ts';
import type {
  Filter,
  FilterChain,
  ListenerFilter,
} from '../../../proto/gen/envoy/config/listener/v3/listener_components.ts';
import { ProxyProtocol } from '../../../proto/gen/envoy/extensions/filters/listener/proxy_protocol/v3/proxy_protocol.ts';
import { TlsInspector } from '../../../proto/gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector.ts';
import { ConnectionLimit } from '../../../proto/gen/envoy/extensions/filters/network/connection_limit/v3/connection_limit.ts';
import type { ConnectionsIR, SocketIR } from '../client-ir.ts';
import { any } from './any.ts';
import { duration } from './duration.ts';
import { socketBuffers } from './socket-buffer.ts';

/** Returns fields of a Listener that a policy may change. A change of them drains all of its connections. */
export function socketFields(socket: SocketIR | undefined): Partial<Listener> {
  const { keepalive, bufferBytes = 32_768, maxAccepts = 0, inspectionMs, socketBytes } = socket ?? {};
  return {
    perConnectionBufferLimitBytes: bufferBytes,
    socketOptions: socketBuffers(socketBytes),
    ...(maxAccepts === 0 ? {} : { maxConnectionsToAcceptPerSocketEvent: maxAccepts }),
    ...(inspectionMs === undefined ? {} : { listenerFiltersTimeout: duration(inspectionMs) }),
    ...(keepalive === undefined ? {} : { tcpKeepalive: keepaliveFields(keepalive) }),
  };
}

function keepaliveFields({
  probes,
  idleTime,
  interval,
}: NonNullable<SocketIR['keepalive']>): NonNullable<Listener['tcpKeepalive']> {
  return {
    ...(probes === undefined ? {} : { keepaliveProbes: probes }),
    ...(idleTime === undefined ? {} : { keepaliveTime: idleTime }),
    ...(interval === undefined ? {} : { keepaliveInterval: interval }),
  };
}

/** Makes the filters that read the first bytes of a connection. The header of a load balancer comes before TLS. */
export function listenerFilters(socket: SocketIR | undefined, readsServerName: boolean): ListenerFilter[] {
  const { proxyProtocol, fingerprints = [] } = socket ?? {};
  const addresses = proxyProtocol === 'optional' ? { allowRequestsWithoutProxyProtocol: true } : {};
  const inspector = {
    ...(fingerprints.includes('JA3') ? { enableJa3Fingerprinting: true } : {}),
    ...(fingerprints.includes('JA4') ? { enableJa4Fingerprinting: true } : {}),
  };
  return [
    ...(proxyProtocol === undefined ? [] : [listenerFilter('proxy_protocol', any(ProxyProtocol, addresses))]),
    ...(readsServerName ? [listenerFilter('tls_inspector', any(TlsInspector, inspector))] : []),
  ];
}

function listenerFilter(name: string, value: ReturnType<typeof any>): ListenerFilter {
  return { name: `envoy.filters.listener.${name}`, configType: { $case: 'typedConfig', value } };
}

export function connectionFields(connections: ConnectionsIR | undefined): Partial<FilterChain> {
  const { handshakeMs } = connections ?? {};
  return handshakeMs === undefined ? {} : { transportSocketConnectTimeout: duration(handshakeMs) };
}

/** Makes the filter that closes connections beyond a limit. Each filter chain counts its own. */
export function limitFilters(connections: ConnectionsIR | undefined, statPrefix: string): Filter[] {
  const { limit } = connections ?? {};
  if (limit === undefined) return [];
  const { max, closeDelayMs } = limit;
  const config = any(ConnectionLimit, {
    statPrefix,
    maxConnections: max,
    ...(closeDelayMs === undefined ? {} : { delay: duration(closeDelayMs) }),
  });
  return [
    {
      name: 'envoy.filters.network.connection_limit',
      configType: { $case: 'typedConfig', value: config },
    },
  ];
}
