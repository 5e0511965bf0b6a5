import type { SocketAddress } from '../../../proto/gen/envoy/config/core/v3/address.ts';
import { Listener } from '../../../proto/gen/envoy/config/listener/v3/listener.ts';
import { RouteConfiguration } from '../../../proto/gen/envoy/config/route/v3/route.ts';
import { TypedExtensionConfig } from '../../../proto/gen/envoy/config/core/v3/extension.ts';
import { Secret } from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/secret.ts';
import type { FilterChain } from '../../../proto/gen/envoy/config/listener/v3/listener_components.ts';
import { TlsInspector } from '../../../proto/gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector.ts';
import type { FilterChainIR, ListenerIR, TerminationIR } from '../ir.ts';
import { any, typeUrl, type MessageType } from './any.ts';
import { httpConnectionManager } from './http-connection-manager.ts';
import { resource, type EncodedName, type EncodedResource } from './resource.ts';
import { downstreamTls } from './tls-context.ts';

/**
 * Encodes an Envoy Listener. Nothing in it depends on routes, as every change of a Listener drains its connections: routes
 * come by RDS, certificates by SDS, plugins by ECDS, and the HTTP filters are the same for all.
 */
export function listenerResource(listener: ListenerIR): EncodedResource {
  const { name, filterChains } = listener;
  const hasTls = filterChains.some((chain) => chain.tls !== undefined);
  const message: Listener = {
    name,
    address: { address: { $case: 'socketAddress', value: socketAddress(listener) } },
    filterChains: filterChains.map((chain) => filterChain(chain, listener)),
    perConnectionBufferLimitBytes: 32_768,
    ...(hasTls ? { listenerFilters: [tlsInspector] } : {}),
  };
  return resource(Listener, name, message, namesIn(listener));
}

function namesIn({ filterChains, filterSlots }: ListenerIR): EncodedName[] {
  return [
    ...named(
      Secret,
      filterChains.flatMap(({ tls }) => (tls === undefined ? [] : secretsOf(tls))),
    ),
    ...named(TypedExtensionConfig, Object.values(filterSlots).flat()),
    ...named(
      RouteConfiguration,
      filterChains.map(({ network }) => network.routeConfiguration),
    ),
  ];
}

function secretsOf({ certificates, clients }: TerminationIR): string[] {
  return [...certificates, ...(clients === undefined ? [] : [clients.authorities])];
}

/** Returns each name once. */
function named<T>(type: MessageType<T>, names: readonly string[]): EncodedName[] {
  return [...new Set(names)].map((name) => ({ typeUrl: typeUrl(type), name }));
}

const tlsInspector = {
  name: 'envoy.filters.listener.tls_inspector',
  configType: { $case: 'typedConfig', value: any(TlsInspector, {}) },
} as const;

function socketAddress({ ipFamily, bindPort }: ListenerIR): SocketAddress {
  return {
    address: ipFamily === 'IPv4' ? '0.0.0.0' : '::',
    portSpecifier: { $case: 'portValue', value: bindPort },
    ...(ipFamily === 'DualStack' ? { ipv4Compat: true } : {}),
  };
}

function filterChain(
  { name, serverName, tls, network }: FilterChainIR,
  { port, accessLogs, filterSlots }: ListenerIR,
): FilterChain {
  const statPrefix = `${tls === undefined ? 'http' : 'https'}-${port}`;
  return {
    name,
    filters: [httpConnectionManager(network.routeConfiguration, statPrefix, accessLogs, filterSlots)],
    ...(serverName === undefined ? {} : { filterChainMatch: { serverNames: [serverName] } }),
    ...(tls === undefined ? {} : { transportSocket: downstreamTls(tls) }),
  };
}
