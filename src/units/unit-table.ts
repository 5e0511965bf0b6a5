import { parseTcpProxyPlace, tcpProxyPlace } from './tcp-proxy-name.ts';
import { resourceKey, splitResourceKey, type ResourceKey } from '../lib/key.ts';
import { parseEndpointsName, sourceOf } from './cluster-name.ts';
import { authoritiesSource, clusterKeys } from './cluster-keys.ts';
import { chainUnits } from './chain-units.ts';
import { longer, objectCodec, pluginPlaceCodec, routeCodec } from './codecs.ts';
import { attachedPoliciesKeys, gatewayPoliciesKey } from './attached-policies-key.ts';
import { wasmModuleKey } from './extension-name.ts';
import { listenerSetGatewayKey } from './listener-set-rows.ts';
import { waveOfGateway, waveOfListenerSet } from './waves.ts';
import {
  clientValidationKey,
  effectiveListenerSetKey,
  effectiveListenersKey,
  effectivePortKey,
  ourGatewayKey,
} from './listener-rows.ts';
import {
  lastLevel,
  type ListenerTransport,
  type ObjectName,
  type UnitDef,
  type UnitFields,
  type UnitKind,
} from './unit-def.ts';
import { parseWeightedEndpoints } from './weighted-endpoints.ts';

const secretKeys = ({ namespace, name }: ObjectName) => [resourceKey('Secret', namespace, name)];

/** Kinds of units that are not an object's own. `translate/translations.ts` has the translation of each. */
export const unitTable: { readonly [K in UnitKind]: UnitDef<UnitFields[K]> } = {
  EffectiveListeners: {
    lane: 'config',
    level: 0,
    wave: waveOfGateway,
    subject: gatewayKey,
    codec: objectCodec(),
    firstKeys: ({ namespace, name }) => [resourceKey('Gateway', namespace, name)],
    rows: [
      'OurGateway',
      'EffectiveListeners',
      'EffectiveListener',
      'EffectiveListenerSet',
      'EffectivePort',
      'PortNames',
      'ClientValidation',
    ],
  },
  ListenerSetGateway: {
    lane: 'config',
    level: 0,
    wave: waveOfListenerSet,
    subject: listenerSetKey,
    codec: objectCodec(),
    firstKeys: (set) => [listenerSetKey(set)],
  },
  ListenerSetRoute: {
    lane: 'config',
    level: 1,
    wave: waveOfListenerSet,
    subject: ({ route }) => route,
    endsWithObject: true,
    namesUnits: true,
    codec: routeCodec,
    firstKeys: (set) => [listenerSetGatewayKey(set)],
  },
  AttachedPolicies: {
    lane: 'config',
    level: 2,
    wave: waveOfGateway,
    subject: ({ target }) => target,
    endsWithObject: true,
    codec: longer(
      ({ target }) => target,
      (parts) => ({ target: parts.join('/') as ResourceKey }),
    ),
    firstKeys: (unit) => [ourGatewayKey(unit.namespace, unit.name), unit.target],
  },
  HostClaim: {
    lane: 'config',
    level: 2,
    wave: waveOfGateway,
    subject: ({ route }) => route,
    endsWithObject: true,
    codec: routeCodec,
    firstKeys: ({ route }) => [route],
  },
  HostOwner: {
    lane: 'config',
    level: 3,
    wave: waveOfGateway,
    subject: gatewayKey,
    codec: longer(
      ({ hostname }) => hostname,
      ([hostname = '']) => ({ hostname }),
    ),
    firstKeys: ({ namespace, name }) => [ourGatewayKey(namespace, name)],
  },
  RoutePlaces: {
    lane: 'config',
    level: 2,
    wave: waveOfGateway,
    subject: ({ route }) => route,
    endsWithObject: true,
    codec: routeCodec,
    firstKeys: (unit) => [ourGatewayKey(unit.namespace, unit.name), unit.route],
  },
  Infrastructure: {
    lane: 'config',
    level: lastLevel,
    wave: waveOfGateway,
    subject: gatewayKey,
    codec: objectCodec(),
    firstKeys: ({ namespace, name }) => [
      ourGatewayKey(namespace, name),
      effectiveListenersKey(namespace, name),
      resourceKey('Gateway', namespace, name),
    ],
  },
  Listener: {
    lane: 'config',
    level: lastLevel,
    wave: waveOfGateway,
    subject: gatewayKey,
    codec: longer(
      ({ transport, port }) => `${transport}/${port}`,
      ([transport = '', port = '']) => ({ transport: transport as ListenerTransport, port: Number(port) }),
    ),
    firstKeys: ({ namespace, name, transport, port }) => [
      ourGatewayKey(namespace, name),
      effectivePortKey(namespace, name, { transport: transport === 'udp' ? 'udp' : 'tcp', port }),
      gatewayPoliciesKey({ namespace, name }),
    ],
    readsOwnService: true,
  },
  AttachedListenerSet: {
    lane: 'config',
    level: lastLevel,
    wave: waveOfGateway,
    subject: ({ set }) => set,
    endsWithObject: true,
    codec: longer(
      ({ set }) => set,
      (parts) => ({ set: parts.join('/') as ResourceKey }),
    ),
    gateway: gatewayName,
    firstKeys: ({ namespace, name, set }) => [
      ourGatewayKey(namespace, name),
      effectiveListenerSetKey(namespace, name, splitResourceKey(set)),
    ],
  },
  AttachedRoute: {
    lane: 'config',
    level: lastLevel,
    wave: waveOfGateway,
    subject: ({ route }) => route,
    endsWithObject: true,
    codec: routeCodec,
    gateway: gatewayName,
    firstKeys: (unit) => [
      ourGatewayKey(unit.namespace, unit.name),
      unit.route,
      ...attachedPoliciesKeys(unit, unit.route),
    ],
  },
  TcpProxy: {
    lane: 'config',
    level: lastLevel,
    wave: waveOfGateway,
    subject: gatewayKey,
    codec: longer(tcpProxyPlace, parseTcpProxyPlace),
    firstKeys: ({ namespace, name }) => [ourGatewayKey(namespace, name)],
    awaitsEndpoints: true,
  },
  UdpCluster: {
    lane: 'config',
    level: lastLevel,
    wave: waveOfGateway,
    subject: gatewayKey,
    codec: longer(
      ({ port }) => String(port),
      ([port = '']) => ({ port: Number(port) }),
    ),
    firstKeys: ({ namespace, name }) => [ourGatewayKey(namespace, name)],
    awaitsEndpoints: true,
  },
  Cluster: {
    lane: 'config',
    level: lastLevel,
    wave: 'shared',
    codec: { write: ({ cluster }) => cluster, read: (cluster) => ({ cluster }) },
    firstKeys: ({ cluster }) => clusterKeys(cluster),
    staysInUse: true,
  },
  ClusterLoadAssignment: {
    lane: 'endpoints',
    level: lastLevel,
    wave: 'endpoints',
    codec: { write: ({ endpoints }) => endpoints, read: (endpoints) => ({ endpoints }) },
    firstKeys: ({ endpoints }) => [sourceOf(parseEndpointsName(endpoints))],
  },
  WeightedEndpoints: {
    lane: 'endpoints',
    level: lastLevel,
    wave: 'endpoints',
    codec: { write: ({ endpoints }) => endpoints, read: (endpoints) => ({ endpoints }) },
    firstKeys: ({ endpoints }) =>
      parseWeightedEndpoints(endpoints).backends.flatMap(({ of }) => (of === undefined ? [] : sourceOf(of))),
  },
  WasmModule: {
    lane: 'config',
    level: lastLevel,
    wave: 'reports',
    subject: ({ namespace, policy }) => resourceKey('EnvoyExtensionPolicy', namespace, policy),
    codec: pluginPlaceCodec,
    firstKeys: ({ namespace, policy, index }) => [
      resourceKey('EnvoyExtensionPolicy', namespace, policy),
      wasmModuleKey(namespace, policy, index),
    ],
  },
  OidcProvider: {
    lane: 'config',
    level: lastLevel,
    wave: 'reports',
    subject: ({ namespace, name }) => resourceKey('SecurityPolicy', namespace, name),
    codec: objectCodec(),
    firstKeys: ({ namespace, name }) => [resourceKey('SecurityPolicy', namespace, name)],
  },
  ...chainUnits,
  ClientAuthorities: {
    lane: 'config',
    level: lastLevel,
    wave: waveOfGateway,
    codec: longer(
      ({ scope }) => scope,
      ([scope = '']) => ({ scope }),
    ),
    firstKeys: ({ namespace, name, scope }) => [
      ourGatewayKey(namespace, name),
      clientValidationKey(namespace, name, scope),
    ],
  },
  BackendAuthorities: keptWith(authoritiesSource),
  ClientPolicyAuthorities: keptWith(({ namespace, name }) =>
    resourceKey('ClientTrafficPolicy', namespace, name),
  ),
  Secret: ofSecret(),
  Credential: ofPlainSecret(),
  ClientSecret: ofPlainSecret(),
  SessionKey: {
    ...ofSecret(),
    subject: ({ namespace, name }) => resourceKey('SecurityPolicy', namespace, name),
    firstKeys: () => [resourceKey('SessionKey', '', 'installation')],
  },
};

export function gatewayName({ namespace, name }: ObjectName): string {
  return `${namespace}/${name}`;
}

function gatewayKey({ namespace, name }: ObjectName): ResourceKey {
  return resourceKey('Gateway', namespace, name);
}

function ofSecret(): UnitDef<ObjectName> {
  return { lane: 'config', level: lastLevel, wave: 'shared', codec: objectCodec(), firstKeys: secretKeys };
}

function ofPlainSecret(): UnitDef<ObjectName> {
  return { ...ofSecret(), subject: ({ namespace, name }) => resourceKey('Secret', namespace, name) };
}

/** Checks of certificates, which stay while listeners or clusters still refer to them. */
function keptWith(source: (unit: ObjectName) => ResourceKey): UnitDef<ObjectName> {
  return { ...ofSecret(), subject: source, firstKeys: (unit) => [source(unit)], staysInUse: true };
}

function listenerSetKey({ namespace, name }: ObjectName): ResourceKey {
  return resourceKey('ListenerSet', namespace, name);
}
