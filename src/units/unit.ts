import { splitResourceKey, type ResourceKey, type UnitName } from '../lib/key.ts';
import { assert } from '../lib/assert.ts';

/**
 * A unit: the smallest thing worth translating alone. What queues between the stages is names of units, never events.
 *
 * `Gateway`, `Infrastructure`, `VirtualHost`, `WasmModule` and the status units are roots, alive while a row names them in
 * `Row.units`. The others are alive while another unit's output refers to them.
 */
export type Unit =
  /** Conditions of a GatewayClass. */
  | { readonly kind: 'GatewayClass'; readonly name: string }
  /** Conditions and listeners of a Gateway; refers to its `Listener` units and lists its RouteConfigurations. */
  | { readonly kind: 'Gateway'; readonly namespace: string; readonly name: string }
  /** What the proxies of a Gateway are to run as; see `kinds/own/infrastructure.ts`. Of no interest to a proxy itself. */
  | { readonly kind: 'Infrastructure'; readonly namespace: string; readonly name: string }
  /** What serves one port of a Gateway over one transport: an Envoy Listener, and what only that needs. */
  | {
      readonly kind: 'Listener';
      readonly namespace: string;
      readonly name: string;
      readonly transport: ListenerTransport;
      readonly port: number;
    }
  /** One domain of a Gateway: a VirtualHost in each of its RouteConfigurations that serves the domain. */
  | {
      readonly kind: 'VirtualHost';
      readonly namespace: string;
      readonly name: string;
      readonly domain: string;
    }
  /** Conditions of an HTTPRoute, and which listeners it is attached to. */
  | { readonly kind: 'HTTPRoute'; readonly namespace: string; readonly name: string }
  /** An Envoy Cluster; see `units/cluster-name.ts` for its name and that of its endpoints. */
  | { readonly kind: 'Cluster'; readonly cluster: string }
  | { readonly kind: 'ClusterLoadAssignment'; readonly endpoints: string }
  /** Conditions of an EnvoyExtensionPolicy. */
  | { readonly kind: 'EnvoyExtensionPolicy'; readonly namespace: string; readonly name: string }
  /** The code that one WASM plugin of a policy wants; see `kinds/own/wasm-module.ts`. */
  | ({ readonly kind: 'WasmModule' } & PluginPlace)
  /** The ECDS resource of one plugin of a policy. */
  | ({ readonly kind: 'Extension' } & PluginName)
  /** The CAs by which clients of a Gateway's listeners are judged; see `ValidationScope`. */
  | {
      readonly kind: 'ClientAuthorities';
      readonly namespace: string;
      readonly name: string;
      readonly scope: string;
    }
  /** A TLS Secret, as SDS resource `namespace/name`. */
  | { readonly kind: 'Secret'; readonly namespace: string; readonly name: string };

/** `internal`: connections that the proxy opens to itself. */
export type ListenerTransport = 'tcp' | 'internal';

/** A place in a list of plugins of a policy. */
export interface PluginPlace {
  readonly namespace: string;
  readonly policy: string;
  readonly index: number;
}

/** A plugin of a policy: its place in the list of its type, such as `spec.wasm`. */
export interface PluginName extends PluginPlace {
  readonly type: PluginType;
}

/** As their ECDS names begin. */
export type PluginType = 'lua' | 'ext_proc' | 'wasm';

export type UnitKind = Unit['kind'];

export function unitName(unit: Unit): UnitName {
  switch (unit.kind) {
    case 'GatewayClass':
      return `GatewayClass/${unit.name}` as UnitName;
    case 'Gateway':
    case 'Infrastructure':
    case 'HTTPRoute':
    case 'EnvoyExtensionPolicy':
    case 'Secret':
      return `${unit.kind}/${unit.namespace}/${unit.name}` as UnitName;
    case 'WasmModule':
      return `${unit.kind}/${unit.namespace}/${unit.policy}/${unit.index}` as UnitName;
    case 'Extension':
      return `${unit.kind}/${unit.namespace}/${unit.policy}/${unit.index}/${unit.type}` as UnitName;
    case 'Listener':
      return `Listener/${unit.namespace}/${unit.name}/${unit.transport}/${unit.port}` as UnitName;
    case 'ClientAuthorities':
      return `ClientAuthorities/${unit.namespace}/${unit.name}/${unit.scope}` as UnitName;
    case 'VirtualHost':
      return `VirtualHost/${unit.namespace}/${unit.name}/${unit.domain}` as UnitName;
    case 'Cluster':
      return `Cluster/${unit.cluster}` as UnitName;
    case 'ClusterLoadAssignment':
      return `ClusterLoadAssignment/${unit.endpoints}` as UnitName;
  }
}

/** The unit that reports on an object: the one of its own kind and name. */
export function reportUnit(object: ResourceKey): UnitName {
  const { kind, namespace, name } = splitResourceKey(object);
  return (namespace === '' ? `${kind}/${name}` : `${kind}/${namespace}/${name}`) as UnitName;
}

export function unitKind(name: UnitName): UnitKind {
  return name.slice(0, name.indexOf('/')) as UnitKind;
}

export function parseUnitName(unit: UnitName): Unit {
  const kind = unitKind(unit);
  const rest = unit.slice(kind.length + 1);
  const [namespace = '', name = '', last = '', more] = rest.split('/');
  switch (kind) {
    case 'GatewayClass':
      return { kind, name: rest };
    case 'Gateway':
    case 'Infrastructure':
    case 'HTTPRoute':
    case 'EnvoyExtensionPolicy':
    case 'Secret':
      return { kind, namespace, name };
    case 'WasmModule':
      return { kind, namespace, policy: name, index: Number(last) };
    case 'Extension':
      return { kind, namespace, policy: name, index: Number(last), type: more as PluginType };
    case 'Listener':
      return { kind, namespace, name, transport: last as ListenerTransport, port: Number(more) };
    case 'ClientAuthorities':
      return { kind, namespace, name, scope: last };
    case 'VirtualHost':
      return { kind, namespace, name, domain: last };
    case 'Cluster':
      return { kind, cluster: rest };
    case 'ClusterLoadAssignment':
      return { kind, endpoints: rest };
    default:
      assert(false, `unit name ${unit as string}`);
  }
}

/** The Gateway, as `namespace/name`, that a root unit's xDS resources go to; undefined for units of no one Gateway. */
export function gatewayOfRoot(unit: UnitName): string | undefined {
  const parsed = parseUnitName(unit);
  return parsed.kind === 'Gateway' || parsed.kind === 'VirtualHost'
    ? `${parsed.namespace}/${parsed.name}`
    : undefined;
}
