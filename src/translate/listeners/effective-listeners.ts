import {
  ourGatewayKey,
  effectiveListenersKey,
  effectiveListenerKey,
  effectivePortKey,
  clientValidationKey,
} from '../../units/listener-rows.ts';
import {
  type EffectiveListenerRow,
  type EffectivePortRow,
  type ListenerState,
  type OurGatewayRow,
} from '../../kinds/derived/effective-listeners.ts';
import type { FrontendTls } from '../../kinds/gateway-api/gateway.ts';
import { listenersOfHostname, listenersUnder, servedListenersAt } from '../../kinds/indexes.ts';
import { encodeJson } from '../../kinds/json-row.ts';
import type { DerivedRow } from '../../kinds/row.ts';
import { coveringHostnames } from '../../kinds/shape/hostname.ts';
import type { IndexKey, ReadKey, ResourceKey } from '../../lib/key.ts';
import type { ObjectName } from '../../units/unit-def.ts';
import { readOwnGateway } from '../attach/ownership.ts';
import { compareText } from '../attach/compare-text.ts';
import type { Reader } from '../reader.ts';
import { validationAt } from './client-authorities.ts';
import { authorityHints, certificateHints, gatewayHints } from './listener-hints.ts';
import { hasOwnName, isServed, listenerStates, type ServedListener } from './listener.ts';
import { byPort, endsTls, protocols } from './protocol.ts';

/** Makes a Gateway's derived rows. Costs O(listeners × labels of their hostnames), once for each edit. */
export function effectiveListeners(reader: Reader, of: ObjectName): DerivedRow[] {
  const { namespace, name } = of;
  const gateway = readOwnGateway(reader, namespace, name);
  if (gateway === undefined) return [];
  const { gatewayClassName, infrastructure, unreadable = [] } = gateway.spec;
  const gatewayRow: OurGatewayRow = {
    gatewayClass: gatewayClassName,
    parametersRef: infrastructure.parametersRef,
    pluginsFrom: gateway.metadata.annotations?.namespaces ?? [],
    unreadableInfrastructure: unreadable.filter(({ path }) => path.startsWith('infrastructure')),
  };
  const frontend = gateway.spec.tls?.frontend;
  const listeners = listenerStates(gateway);
  const ofPorts = portRows(of, listeners.filter(isServed), frontend);
  const follow = ofPorts.flatMap((row) => row.follow);
  return [
    derived(ourGatewayKey(namespace, name), gatewayRow, gatewayHints(of, gatewayRow)),
    derived(effectiveListenersKey(namespace, name), { frontend, listeners }, follow),
    ...listeners.map((state) => listenerRow(of, state)),
    ...ofPorts,
  ];
}

function listenerRow({ namespace, name }: ObjectName, state: ListenerState): DerivedRow {
  const { hostname, protocol, conflict, supportedKinds, isDivided } = state;
  const { name: listener, port, allowedRoutes } = state.listener;
  const row: EffectiveListenerRow = {
    listener: { name: listener, port, allowedRoutes },
    hostname,
    protocol,
    conflict,
    supportedKinds,
    isDivided,
  };
  const indexes: IndexKey[] = [
    listenersOfHostname(namespace, name, hostname),
    ...coveringHostnames(hostname).map((wildcard) => listenersUnder(namespace, name, wildcard)),
    ...(isServed(state) ? [servedListenersAt(namespace, name, port, hostname)] : []),
  ];
  const own = hasOwnName(state) ? listener : state.position;
  return { ...derived(effectiveListenerKey(namespace, name, own), row, []), indexes };
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
      listeners: states
        .map(({ listener: { tls }, hostname, protocol }) => ({ listener: { port, tls }, hostname, protocol }))
        .sort((a, b) => compareText(a.hostname, b.hostname)),
    };
    const authorities = validation === undefined ? [] : authorityHints(of, validation);
    const follow = [...states.flatMap((state) => certificateHints(of, state)), ...authorities];
    const portKey = effectivePortKey(of.namespace, of.name, { transport, port });
    rows.set(portKey, derived(portKey, row, follow));
    if (validation === undefined) continue;
    const validationKey = clientValidationKey(of.namespace, of.name, validation.scope);
    rows.set(validationKey, derived(validationKey, validation, authorities));
  }
  return [...rows.values()];
}

function derived(rowKey: ResourceKey, row: object, follow: readonly ReadKey[]): DerivedRow {
  return { key: rowKey, bytes: encodeJson(row), indexes: [], follow };
}
