import {
  ourGatewayKey,
  effectiveListenersKey,
  effectiveListenerKey,
  effectiveListenerSetKey,
  effectivePortKey,
  portNamesKey,
  clientValidationKey,
} from '../../units/listener-rows.ts';
import {
  type EffectiveListenerRow,
  type EffectiveListenerSetRow,
  type EffectiveListenersRow,
  type EffectivePortRow,
  type ListenerState,
  type OurGatewayRow,
  type PortListener,
  type PortNamesRow,
  type ServedPlace,
} from '../../kinds/derived/effective-listeners.ts';
import type { FrontendTls } from '../../kinds/gateway-api/gateway.ts';
import {
  listenersOfHostname,
  listenersUnder,
  policiesBelow,
  servedListenersAt,
} from '../../kinds/indexes.ts';
import { encodeJson } from '../../kinds/json-row.ts';
import type { DerivedRow } from '../../kinds/row.ts';
import { anyHostname, coveringHostnames } from '../../kinds/shape/hostname.ts';
import type { IndexKey, ReadKey, ResourceKey } from '../../lib/key.ts';
import type { ObjectName } from '../../units/unit-def.ts';
import { readOwnGateway } from '../attach/ownership.ts';
import { compareText } from '../attach/compare-text.ts';
import type { Reader } from '../reader.ts';
import { validationAt } from './client-authorities.ts';
import { isFiltered } from './listener-filters.ts';
import { authorityHints, certificateHints, gatewayHints } from './listener-hints.ts';
import { hasOwnName, isServed, listenerStates, type ServedListener } from './listener.ts';
import { allowedSets } from './listener-sets.ts';
import { byPort, endsTls, protocols } from './protocol.ts';

/**
 * Makes the derived rows of a Gateway and its ListenerSets. Costs O(listeners × labels of their hostnames), with those of
 * all ListenerSets, once for each edit of the Gateway or of one of them.
 */
export function effectiveListeners(reader: Reader, of: ObjectName): DerivedRow[] {
  const { namespace, name } = of;
  const gateway = readOwnGateway(reader, namespace, name);
  if (gateway === undefined) return [];
  const { gatewayClassName, infrastructure, unreadable = [] } = gateway.spec;
  const gatewayRow: OurGatewayRow = {
    gatewayClass: gatewayClassName,
    parametersRef: infrastructure.parametersRef,
    pluginsFrom: gateway.metadata.annotations.plugins?.namespaces ?? [],
    hasRouteShards: gateway.metadata.annotations.routeShards,
    hasClientCertificate: gateway.spec.tls?.backend?.clientCertificateRef === undefined ? undefined : true,
    unreadableInfrastructure: unreadable.filter(({ path }) => path.startsWith('infrastructure')),
  };
  const frontend = gateway.spec.tls?.frontend;
  const sets = allowedSets(reader, of, gateway);
  const states = listenerStates([{ set: undefined, listeners: gateway.spec.listeners }, ...sets]);
  const bySet = Map.groupBy(states, ({ set }) => set);
  const listeners = bySet.get(undefined) ?? [];
  const ofPorts = portRows(of, states.filter(isServed), frontend);
  const follow = ofPorts.flatMap((row) => row.follow);
  const filtered = states.filter(isServed).filter(isFiltered);
  const wholeRow: EffectiveListenersRow = {
    frontend,
    listeners,
    others: others(states),
    filteredPorts: [...new Set(filtered.map(({ listener }) => listener.port))].sort((a, b) => a - b),
  };
  return [
    derived(ourGatewayKey(namespace, name), gatewayRow, gatewayHints(of, gatewayRow)),
    derived(effectiveListenersKey(namespace, name), wholeRow, follow),
    ...sets.flatMap(({ set }) => setRow(of, set, { frontend, listeners: bySet.get(set) ?? [] })),
    ...states.map((state) => listenerRow(of, state)),
    ...ofPorts,
  ];
}

/** See `EffectiveListenersRow.others`. */
function others(states: readonly ListenerState[]): ServedPlace[] {
  return byPort(states.filter(isServed)).flatMap((onPort) => {
    const isByHost = protocols[onPort[0].protocol].apart === 'host';
    const ofSets = onPort.filter(({ set }) => set !== undefined);
    if (!isByHost) return ofSets.map((state) => placeOnPort(state, state.hostname));
    return onPort[0].set === undefined ? [] : [placeOnPort(onPort[0], anyHostname)];
  });
}

function placeOnPort({ listener, protocol, containerPort }: ServedListener, hostname: string): ServedPlace {
  const { port, protocol: name } = listener;
  return { listener: { port, protocol: name }, hostname, protocol, containerPort };
}

function setRow(
  { namespace, name }: ObjectName,
  set: ObjectName | undefined,
  row: EffectiveListenerSetRow,
): DerivedRow[] {
  if (set === undefined) return [];
  const follow = row.listeners.flatMap((state) => certificateHints({ namespace, name }, state));
  return [derived(effectiveListenerSetKey(namespace, name, set), row, follow)];
}

function listenerRow({ namespace, name }: ObjectName, state: ListenerState): DerivedRow {
  const { set, hostname, protocol, conflict, supportedKinds, isDivided } = state;
  const { name: listener, port, allowedRoutes } = state.listener;
  const row: EffectiveListenerRow = {
    ...(set === undefined ? {} : { set }),
    listener: { name: listener, port, allowedRoutes },
    hostname,
    protocol,
    conflict,
    supportedKinds,
    isDivided,
    ...(isFiltered(state) ? { isFiltered: true } : {}),
  };
  const indexes: IndexKey[] = [
    listenersOfHostname({ namespace, name, set }, hostname),
    ...coveringHostnames(hostname).map((wildcard) => listenersUnder({ namespace, name, set }, wildcard)),
    ...(isServed(state) ? [servedListenersAt(namespace, name, port, hostname)] : []),
  ];
  const own = hasOwnName(state) ? listener : state.position;
  return { ...derived(effectiveListenerKey(namespace, name, own, set), row, []), indexes };
}

function portRows(of: ObjectName, served: readonly ServedListener[], frontend: FrontendTls): DerivedRow[] {
  const rows = new Map<ResourceKey, DerivedRow>();
  for (const states of byPort(served)) {
    const [first] = states;
    const { port } = first.listener;
    const { transport } = protocols[first.protocol];
    const validation = states.some(endsTls) ? validationAt(frontend, port) : undefined;
    const row: EffectivePortRow = {
      containerPort: first.containerPort,
      validation,
      // Their order in the Gateway means nothing to Envoy, and a change of it would drain connections.
      listeners: portListeners(states),
    };
    const authorities = validation === undefined ? [] : authorityHints(of, validation);
    const follow = [...states.flatMap((state) => certificateHints(of, state)), ...authorities];
    const portKey = effectivePortKey(of.namespace, of.name, { transport, port });
    const ofSets = policiesBelow('ClientTrafficPolicy', of, undefined, 'overrides');
    rows.set(portKey, derived(portKey, row, [...follow, ofSets]));
    const namesKey = portNamesKey(of.namespace, of.name, { transport, port });
    rows.set(namesKey, derived(namesKey, portNames(states), []));
    if (validation === undefined) continue;
    const validationKey = clientValidationKey(of.namespace, of.name, validation.scope);
    rows.set(validationKey, derived(validationKey, validation, authorities));
  }
  return [...rows.values()];
}

function portNames(states: readonly ServedListener[]): PortNamesRow {
  return {
    listeners: states.map(({ set, listener: { name }, hostname, protocol }) => ({
      ...(set === undefined ? {} : { set }),
      listener: { name },
      hostname,
      protocol,
    })),
  };
}

/** Returns one for all listeners that Envoy tells apart by Host, as its Listener is the same for any number of them. */
function portListeners(states: readonly [ServedListener, ...ServedListener[]]): PortListener[] {
  const [{ listener, protocol }] = states;
  if (protocols[protocol].apart === 'host')
    return [{ listener: { port: listener.port }, hostname: anyHostname, protocol }];
  return states
    .map((state) => ({
      ...(state.set === undefined ? {} : { set: state.set }),
      listener: { port: state.listener.port, tls: state.listener.tls },
      hostname: state.hostname,
      protocol: state.protocol,
    }))
    .sort((a, b) => compareText(a.hostname, b.hostname));
}

function derived(rowKey: ResourceKey, row: object, follow: readonly ReadKey[]): DerivedRow {
  return { key: rowKey, bytes: encodeJson(row), indexes: [], follow };
}
