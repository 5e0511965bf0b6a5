import { Listener } from '../../../proto/gen/envoy/config/listener/v3/listener.ts';
import { TypedExtensionConfig } from '../../../proto/gen/envoy/config/core/v3/extension.ts';
import { Secret } from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/secret.ts';
import type { Filter, FilterChain } from '../../../proto/gen/envoy/config/listener/v3/listener_components.ts';
import type { Matcher } from '../../../proto/gen/xds/type/matcher/v3/matcher.ts';
import type { FilterChainIR, ListenerIR, TerminationIR } from '../listener-ir.ts';
import { accessLogField } from './access-log.ts';
import { typeUrl, type MessageType } from './any.ts';
import { chainMatcher } from './chain-matcher.ts';
import { closedConnectionManager, httpConnectionManager } from './http-connection-manager.ts';
import { resource, type EncodedName, type EncodedResource } from './resource.ts';
import { connectionFields, limitFilters, listenerFilters, socketFields } from './socket.ts';
import { tableNames } from './scoped-routes.ts';
import { socketAddress } from './socket-address.ts';
import { tcpProxyFilter } from './tcp-proxy.ts';
import { downstreamTls } from './tls-context.ts';

/**
 * Encodes an Envoy Listener. Nothing in it depends on routes but the server names of TLSRoutes, as a change of a filter
 * chain drains its connections: routes come by RDS, certificates by SDS, plugins and proxies of bytes by ECDS, and the HTTP
 * filters are the same for all. Envoy keeps the filter chains that a change leaves as they were.
 */
export function listenerResource(listener: ListenerIR): EncodedResource {
  const { name, filterChains, socket, accessLogs } = listener;
  const readsServerName = filterChains.some(({ tls, isPassthrough }) => tls !== undefined || isPassthrough);
  const message: Listener = {
    name,
    address: { address: { $case: 'socketAddress', value: socketAddress(listener) } },
    filterChains: filterChains.map((chain) => filterChain(chain, listener)),
    ...matcherField(chainMatcher(filterChains)),
    ...socketFields(socket),
    listenerFilters: listenerFilters(socket, readsServerName),
    ...accessLogField(accessLogs.listener),
  };
  return resource(Listener, name, message, namesIn(listener));
}

function matcherField(filterChainMatcher: Matcher | undefined) {
  return filterChainMatcher === undefined ? {} : { filterChainMatcher };
}

function namesIn({ filterChains, filterSlots }: ListenerIR): EncodedName[] {
  const networks = filterChains.map(({ network }) => network);
  return [
    ...named(
      Secret,
      filterChains.flatMap(({ tls }) => (tls === undefined ? [] : secretsOf(tls))),
    ),
    ...named(TypedExtensionConfig, [
      ...(networks.some(({ kind }) => kind === 'http') ? Object.values(filterSlots).flat() : []),
      ...networks.flatMap((network) => (network.kind === 'bytes' ? network.extension : [])),
    ]),
    ...new Set(networks.flatMap((network) => (network.kind === 'http' ? network.table : [])))
      .values()
      .flatMap(tableNames),
  ];
}

function secretsOf({ certificates, clients }: TerminationIR): string[] {
  return [...certificates, ...(clients === undefined ? [] : [clients.authorities])];
}

/** Returns each name once. */
function named<T>(type: MessageType<T>, names: readonly string[]): EncodedName[] {
  return [...new Set(names)].map((name) => ({ typeUrl: typeUrl(type), name }));
}

function filterChain(chain: FilterChainIR, listener: ListenerIR): FilterChain {
  const { name, serverName, tls, isPassthrough, connections } = chain;
  const statPrefix = `${tls === undefined ? 'http' : 'https'}-${listener.port}`;
  return {
    name,
    filters: [...limitFilters(connections, statPrefix), networkFilter(chain, listener, statPrefix)],
    ...connectionFields(connections),
    ...(serverName === undefined ? {} : { filterChainMatch: { serverNames: [serverName] } }),
    ...(serverName === undefined && isPassthrough ? { filterChainMatch: { transportProtocol: 'tls' } } : {}),
    ...(tls === undefined ? {} : { transportSocket: downstreamTls(tls) }),
  };
}

function networkFilter({ network }: FilterChainIR, listener: ListenerIR, statPrefix: string): Filter {
  switch (network.kind) {
    case 'http':
      return httpConnectionManager(network.table, statPrefix, listener, network.clients);
    case 'closed':
      return closedConnectionManager(statPrefix, listener);
    case 'bytes':
      return tcpProxyFilter(network.extension);
  }
}
