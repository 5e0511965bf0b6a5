import { noOutput as nothing, type UnitOutput } from '../batch/outcome.ts';
import { filterSlots } from '../units/filter-slot.ts';
import { filteredListenerName, internalRoutesName } from '../units/internal-listener-name.ts';
import { effectivePortName } from '../units/listener-rows.ts';
import { parseSecretName } from '../units/secret-name.ts';
import { parseTcpProxyName } from '../units/tcp-proxy-name.ts';
import { unitName } from '../units/unit.ts';
import type { UnitOf } from '../units/unit-def.ts';
import { readOurGateway } from './attach/ownership.ts';
import { filteredListenerResources, internalListenerResources } from './envoy/internal-listener.ts';
import { listenerResource } from './envoy/listener.ts';
import { udpListenerResource } from './envoy/udp-listener.ts';
import type { FilterChainIR, ListenerIR } from './listener-ir.ts';
import { filterOrderOf, gatewayParameters } from './gateways/parameters.ts';
import { accessLogs, logClusters } from './listeners/access-log.ts';
import { translateListener } from './listeners/gateway-listener.ts';
import { askedName, isAsked } from './listeners/misdirected.ts';
import { translateUdpListener } from './listeners/udp-listener.ts';
import { policyKey } from './policies/client-traffic/port-policies.ts';
import type { Reader } from './reader.ts';
import { clusterRefs, gatewayKey, made } from './unit-parts.ts';

type ListenerUnit = UnitOf<'Listener'>;

export function listenerUnit(unit: ListenerUnit, reader: Reader): UnitOutput {
  switch (unit.transport) {
    case 'tcp':
      return translatePort(unit, reader);
    case 'udp':
      return translateUdpPort(unit, reader);
    case 'internal':
      return translateInternal(unit, reader);
    case 'filtered':
      return filteredListener(unit, reader);
  }
}

function translatePort(unit: ListenerUnit, reader: Reader): UnitOutput {
  const listener = translateListener(reader, unit, unit.port);
  if (listener === undefined) return nothing;
  const secrets = new Set(listener.filterChains.flatMap(secretsOf));
  const madeOf = [gatewayKey(unit), ...listener.policies.map(policyKey)];
  return {
    ...nothing,
    resources: [{ ...listenerResource(listener), madeOf }],
    refs: [
      ...[...secrets].sort().map((secret) => unitName(parseSecretName(secret))),
      ...listener.filterChains.flatMap(({ network }) =>
        network.kind === 'bytes'
          ? unitName({ kind: 'TcpProxy', ...parseTcpProxyName(network.extension) })
          : [],
      ),
      ...clusterRefs(telemetryClusters(listener)),
    ],
  };
}

function translateUdpPort(unit: ListenerUnit, reader: Reader): UnitOutput {
  const { namespace, name, port } = unit;
  const listener = translateUdpListener(reader, unit, port);
  if (listener === undefined) return nothing;
  const resources = made(gatewayKey(unit), udpListenerResource(listener));
  const cluster = unitName({ kind: 'UdpCluster', namespace, name, port });
  return { ...nothing, resources, refs: [cluster, ...clusterRefs(logClusters(listener.accessLogs))] };
}

function translateInternal({ namespace, name, port }: ListenerUnit, reader: Reader): UnitOutput {
  const gateway = readOurGateway(reader, namespace, name);
  const listeners =
    gateway &&
    reader.row('EffectivePort', namespace, effectivePortName(name, { transport: 'tcp', port }))?.listeners;
  if (gateway === undefined || listeners === undefined || !isAsked(listeners)) return nothing;
  const listener = askedName(gateway, port);
  const resources = internalListenerResources(listener, internalRoutesName(listener));
  return { ...nothing, resources: made(gatewayKey(gateway), ...resources) };
}

/** Returns the clusters of servers that get logs and traces. */
function telemetryClusters({ accessLogs: logs, tracing }: ListenerIR): string[] {
  return [...logClusters(logs), ...(tracing === undefined ? [] : [tracing.server.cluster])];
}

/** Makes the listener behind those with filters. The first one has the logs and traces of requests. */
function filteredListener(unit: ListenerUnit, reader: Reader): UnitOutput {
  const gateway = readOurGateway(reader, unit.namespace, unit.name);
  if (gateway === undefined) return nothing;
  const parameters = gatewayParameters(reader, gateway);
  const { logs } = accessLogs(reader, gateway, parameters);
  const listener = filteredListenerName(unit.namespace, unit.name, unit.port);
  const resources = filteredListenerResources(listener, internalRoutesName(listener), {
    filterSlots,
    filterOrder: filterOrderOf(parameters),
    accessLogs: logs,
  });
  return {
    ...nothing,
    resources: made(gatewayKey(unit), ...resources),
    refs: clusterRefs(logClusters(logs)),
  };
}

function secretsOf({ tls }: FilterChainIR): readonly string[] {
  if (tls === undefined) return [];
  return tls.clients === undefined ? tls.certificates : [...tls.certificates, tls.clients.authorities];
}
