import type { ResourceKey } from '../lib/key.ts';
import { fleetOf, type FleetKey } from './fleet-key.ts';
import type {
  Codec,
  ListenerTransport,
  ObjectName,
  PluginPlace,
  UnitDef,
  UnitFields,
  UnitKind,
} from './unit-def.ts';
import { chainName, parseChainName } from './plugin-chain.ts';

/** Every kind of unit. Its translation is the entry of the same name in `translate/translate.ts`. */
export const unitTable: { readonly [K in UnitKind]: UnitDef<UnitFields[K]> } = {
  GatewayClass: {
    lane: 'config',
    level: 2,
    wave: 'reports',
    codec: { write: ({ name }) => name, read: (name) => ({ name }) },
  },
  EffectiveListeners: { lane: 'config', level: 0, wave: ofGateway, codec: objectCodec() },
  Gateway: { lane: 'config', level: 2, wave: ofGateway, codec: objectCodec(), gateway: gatewayName },
  Infrastructure: { lane: 'config', level: 2, wave: ofGateway, codec: objectCodec() },
  Listener: {
    lane: 'config',
    level: 2,
    wave: ofGateway,
    codec: longer(
      ({ transport, port }) => `${transport}/${port}`,
      ([transport = '', port = '']) => ({ transport: transport as ListenerTransport, port: Number(port) }),
    ),
  },
  AttachedRoute: {
    lane: 'config',
    level: 2,
    wave: ofGateway,
    codec: longer(
      ({ route }) => route,
      (parts) => ({ route: parts.join('/') as ResourceKey }),
    ),
    gateway: gatewayName,
  },
  HTTPRoute: { lane: 'config', level: 2, wave: 'reports', codec: objectCodec() },
  Cluster: {
    lane: 'config',
    level: 2,
    wave: 'shared',
    codec: { write: ({ cluster }) => cluster, read: (cluster) => ({ cluster }) },
  },
  ClusterLoadAssignment: {
    lane: 'endpoints',
    level: 2,
    wave: 'endpoints',
    codec: { write: ({ endpoints }) => endpoints, read: (endpoints) => ({ endpoints }) },
  },
  EnvoyExtensionPolicy: { lane: 'config', level: 2, wave: 'reports', codec: objectCodec() },
  WasmModule: { lane: 'config', level: 2, wave: 'reports', codec: { write: writePlace, read: readPlace } },
  PluginChain: {
    lane: 'config',
    level: 2,
    wave: 'shared',
    codec: { write: chainName, read: parseChainName },
  },
  ClientAuthorities: {
    lane: 'config',
    level: 2,
    wave: ofGateway,
    codec: longer(
      ({ scope }) => scope,
      ([scope = '']) => ({ scope }),
    ),
  },
  Secret: { lane: 'config', level: 2, wave: 'shared', codec: objectCodec() },
};

function gatewayName({ namespace, name }: ObjectName): string {
  return `${namespace}/${name}`;
}

function ofGateway(unit: ObjectName): FleetKey {
  return fleetOf(gatewayName(unit));
}

function objectCodec(): Codec<ObjectName> {
  return {
    write: ({ namespace, name }) => `${namespace}/${name}`,
    read(text) {
      const [namespace = '', name = ''] = text.split('/');
      return { namespace, name };
    },
  };
}

/** The name of an object, and more. */
function longer<M>(write: (more: M) => string, read: (parts: readonly string[]) => M): Codec<ObjectName & M> {
  return {
    write: (fields) => `${fields.namespace}/${fields.name}/${write(fields)}`,
    read(text) {
      const [namespace = '', name = '', ...more] = text.split('/');
      return { namespace, name, ...read(more) };
    },
  };
}

function writePlace({ namespace, policy, index }: PluginPlace): string {
  return `${namespace}/${policy}/${index}`;
}

function readPlace(text: string): PluginPlace {
  const [namespace = '', policy = '', index = ''] = text.split('/');
  return { namespace, policy, index: Number(index) };
}
