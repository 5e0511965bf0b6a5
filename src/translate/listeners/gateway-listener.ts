import { ourGatewayKey, effectivePortKey, effectivePortName } from '../../units/listener-rows.ts';
import type { PortListener } from '../../kinds/derived/effective-listeners.ts';
import { settingKey } from '../../kinds/own/settings-key.ts';
import type { FilterChainIR, ListenerIR, NetworkIR, TerminationIR } from '../listener-ir.ts';
import type { SocketIR } from '../client-ir.ts';
import type { Reader } from '../reader.ts';
import { placedRoutes } from '../attach/placed-routes.ts';
import { accessLogs } from './access-log.ts';
import { tracing } from './tracing.ts';
import type { BytesSecurity } from '../policies/security/bytes.ts';
import { bytesClients } from './bytes-clients.ts';
import { boundAt } from './bind-port.ts';
import { anyHostname } from '../../kinds/shape/hostname.ts';
import { listenerName, readOurGateway, routeTableName, type OurGateway } from '../attach/ownership.ts';
import { filterOrderOf, gatewayParameters } from '../gateways/parameters.ts';
import { filterSlots } from '../../units/filter-slot.ts';
import { carriesHttp, hasOwnChain } from './protocol.ts';
import { termination } from './termination.ts';
import { routesAt } from '../../kinds/indexes.ts';
import { tcpProxyName } from '../../units/tcp-proxy-name.ts';
import type { ObjectName, TransportPort } from '../../units/unit-def.ts';
import type { ClientSpec } from '../../kinds/envoy-gateway/client-traffic-policy.ts';
import {
  portClients,
  type ChainClients,
  type ClientPolicy,
  type PortClients,
} from '../policies/client-traffic/listener-clients.ts';
import { clientPolicyKeys } from '../policies/client-traffic/port-policies.ts';
import { connectionsOf, httpOf, socketOf } from '../policies/client-traffic/settings.ts';

/** Makes the Envoy Listener of a Gateway's port; undefined when no listener of the port can be served. */
export function translateListener(
  reader: Reader,
  { namespace, name }: ObjectName,
  port: number,
): ListenerIR | undefined {
  const at: TransportPort = { transport: 'tcp', port };
  reader.expect([
    settingKey('managedProxies'),
    ourGatewayKey(namespace, name),
    effectivePortKey(namespace, name, at),
    ...clientPolicyKeys({ namespace, name }),
  ]);
  const gateway = readOurGateway(reader, namespace, name);
  const row = gateway && reader.row('EffectivePort', namespace, effectivePortName(name, at));
  if (gateway === undefined || row === undefined) return undefined;
  const filterChains = new Map<string, FilterChainIR>();
  const served = serverNames(reader, gateway, at, row.listeners);
  const namesOf = (listener: PortListener): readonly string[] => served.get(listener) ?? [listener.hostname];
  const clients = portClients(reader, gateway, at);
  const guarded = bytesClients(reader, gateway, at, [
    ...new Set(row.listeners.filter((of) => !carriesHttp(of)).flatMap(namesOf)),
  ]);
  for (const listener of row.listeners) {
    const of = clients?.ofChain(listener);
    const tls = termination(reader, gateway, listener, row.validation, of?.policy);
    if (tls === 'none' || (of?.policy?.spec === 'invalid' && !carriesHttp(listener))) continue;
    for (const hostname of namesOf(listener)) {
      const security = carriesHttp(listener) ? undefined : guarded.get(hostname);
      const chain = filterChain(gateway, { ...listener, hostname }, tls, of, security);
      filterChains.set(chain.name, chain);
    }
  }
  if (filterChains.size === 0) return undefined;
  const parameters = gatewayParameters(reader, gateway);
  return {
    name: listenerName(gateway, at),
    port,
    ...boundAt(reader, gateway, parameters, { ...at, containerPort: row.containerPort }),
    filterChains: [...filterChains.values()],
    accessLogs: accessLogs(reader, gateway, parameters).logs,
    tracing: tracing(reader, gateway, parameters).tracing,
    filterSlots,
    filterOrder: filterOrderOf(parameters),
    socket: socketAt(clients),
    policies: clients?.all ?? [],
  };
}

function filterChain(
  gateway: OurGateway,
  listener: PortListener,
  tls: TerminationIR | undefined,
  of: ChainClients | undefined,
  security: BytesSecurity | undefined,
): FilterChainIR {
  const { hostname, protocol } = listener;
  const { port } = listener.listener;
  const name = routeTableName(gateway, listener);
  const isForAny = !hasOwnChain(listener) || hostname === anyHostname;
  return {
    name,
    serverName: isForAny ? undefined : hostname,
    tls,
    isPassthrough: protocol === 'TLSPassthrough',
    connections: ofPolicy(of?.policy, connectionsOf),
    network: carriesHttp(listener)
      ? httpNetwork(name, of)
      : { kind: 'bytes', extension: tcpProxyName({ ...gateway, port, hostname, policy: security?.policy }) },
    clients: security?.clients,
  };
}

/**
 * Returns the server names of listeners that do not carry HTTP: each gets a filter chain, since Envoy chooses backends of
 * bytes by that alone. The listener's own name is one of them: without a route its connections are closed, and no wildcard
 * of another listener takes them. Costs O(routes of the port).
 */
function serverNames(
  reader: Reader,
  { namespace, name }: OurGateway,
  at: TransportPort,
  listeners: readonly PortListener[],
): ReadonlyMap<PortListener, readonly string[]> {
  const ofBytes = listeners.filter((one) => hasOwnChain(one) && !carriesHttp(one));
  if (ofBytes.length === 0) return new Map();
  const found = new Map(ofBytes.map(({ hostname }) => [hostname, new Set([hostname])]));
  for (const { places } of placedRoutes(reader, routesAt(namespace, name, at))) {
    for (const { transport, port, listener, hostname } of places)
      if (transport === at.transport && port === at.port) found.get(listener.hostname)?.add(hostname);
  }
  return new Map(ofBytes.map((one) => [one, [...(found.get(one.hostname) ?? [])].sort()]));
}

function httpNetwork(name: string, of: ChainClients | undefined): NetworkIR {
  if (of?.policy?.spec === 'invalid') return { kind: 'closed' };
  const clients = ofPolicy(of?.policy, (spec) => httpOf(spec, of?.hostnames ?? []));
  return { kind: 'http', table: name, clients };
}

function socketAt(clients: PortClients | undefined): SocketIR | undefined {
  return ofPolicy(clients?.ofPort, socketOf);
}

function ofPolicy<T>(policy: ClientPolicy | undefined, settings: (spec: ClientSpec) => T): T | undefined {
  return policy === undefined || policy.spec === 'invalid' ? undefined : settings(policy.spec);
}
