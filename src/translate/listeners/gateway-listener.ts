import { ourGatewayKey, effectivePortKey, effectivePortName } from '../../units/listener-rows.ts';
import { type PortListener, type ValidationScope } from '../../kinds/derived/effective-listeners.ts';
import { settingKey } from '../../kinds/own/settings-key.ts';
import { secretName } from '../../units/secret-name.ts';
import type { FilterChainIR, ListenerIR, TerminationIR } from '../listener-ir.ts';
import type { Reader } from '../reader.ts';
import { placedRoutes } from '../attach/placed-routes.ts';
import { accessLogs } from './access-log.ts';
import { tracing } from './tracing.ts';
import { boundAt } from './bind-port.ts';
import { anyHostname } from '../../kinds/shape/hostname.ts';
import {
  listenerName,
  readOurGateway,
  routeConfigurationName,
  type OurGateway,
} from '../attach/ownership.ts';
import { filterOrderOf, gatewayParameters } from '../gateways/parameters.ts';
import { filterSlots } from '../../units/filter-slot.ts';
import { clientAuthorities } from './client-authorities.ts';
import { carriesHttp, hasOwnChain, protocols } from './protocol.ts';
import { routesAt } from '../../kinds/indexes.ts';
import { tcpProxyName } from '../../units/tcp-proxy-name.ts';
import type { ObjectName, TransportPort } from '../../units/unit-def.ts';
import { listenerCertificates } from './tls.ts';
import { referrerOf } from './referrer.ts';

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
  ]);
  const gateway = readOurGateway(reader, namespace, name);
  const row = gateway && reader.row('EffectivePort', namespace, effectivePortName(name, at));
  if (gateway === undefined || row === undefined) return undefined;
  const filterChains = new Map<string, FilterChainIR>();
  const served = serverNames(reader, gateway, at, row.listeners);
  for (const listener of row.listeners) {
    const tls = termination(reader, gateway, listener, row.validation);
    if (tls === 'none') continue;
    for (const hostname of served.get(listener) ?? [listener.hostname]) {
      const chain = filterChain(gateway, { ...listener, hostname }, tls);
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
  };
}

function filterChain(
  gateway: OurGateway,
  listener: PortListener,
  tls: TerminationIR | undefined,
): FilterChainIR {
  const { hostname, protocol } = listener;
  const { port } = listener.listener;
  const name = routeConfigurationName(gateway, listener);
  const isForAny = !hasOwnChain(listener) || hostname === anyHostname;
  return {
    name,
    serverName: isForAny ? undefined : hostname,
    tls,
    isPassthrough: protocol === 'TLSPassthrough',
    network: carriesHttp(listener)
      ? { kind: 'http', routeConfiguration: name }
      : { kind: 'bytes', extension: tcpProxyName({ ...gateway, port, hostname }) },
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

/** `none`: no usable certificate, or no CA for its clients, so no connection is accepted. Undefined: no TLS. */
function termination(
  reader: Reader,
  gateway: OurGateway,
  { set, listener, protocol }: PortListener,
  found: ValidationScope | undefined,
): TerminationIR | 'none' | undefined {
  if (!protocols[protocol].endsTls) return undefined;
  const alpn = carriesHttp({ protocol }) ? ['h2', 'http/1.1'] : [];
  const { secrets } = listenerCertificates(reader, referrerOf(gateway.namespace, set), listener, '');
  if (secrets.length === 0) return 'none';
  const certificates = secrets.map((secret) => secretName({ kind: 'Secret', ...secret }));
  if (found === undefined) return { alpn, certificates, clients: undefined };
  if (clientAuthorities(reader, gateway.namespace, found).bundle === '') return 'none';
  const { namespace, name } = gateway;
  return {
    alpn,
    certificates,
    clients: {
      authorities: secretName({ kind: 'ClientAuthorities', namespace, name, scope: found.scope }),
      isRequired: found.validation.mode === 'AllowValidOnly',
    },
  };
}
