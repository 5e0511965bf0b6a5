import { noOutput as nothing, type UnitOutput } from '../batch/outcome.ts';
import { internalRoutesName } from '../units/internal-listener-name.ts';
import { effectivePortName } from '../units/listener-rows.ts';
import { parseSecretName } from '../units/secret-name.ts';
import { parseTcpProxyName } from '../units/tcp-proxy-name.ts';
import { unitName } from '../units/unit.ts';
import type { UnitOf } from '../units/unit-def.ts';
import { readOurGateway } from './attach/ownership.ts';
import { internalListenerResources } from './envoy/internal-listener.ts';
import { listenerResource } from './envoy/listener.ts';
import { udpListenerResource } from './envoy/udp-listener.ts';
import type { FilterChainIR, ListenerIR } from './listener-ir.ts';
import { logClusters } from './listeners/access-log.ts';
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
function telemetryClusters({ accessLogs, tracing }: ListenerIR): string[] {
  return [...logClusters(accessLogs), ...(tracing === undefined ? [] : [tracing.server.cluster])];
}

function secretsOf({ tls }: FilterChainIR): readonly string[] {
  if (tls === undefined) return [];
  return tls.clients === undefined ? tls.certificates : [...tls.certificates, tls.clients.authorities];
}
