import type { ReadKey, ResourceKey, UnitName } from '../lib/key.ts';
import type { FleetKey } from './fleet-key.ts';
import type { ChainName } from './plugin-chain.ts';

/** Fields of a unit's name, by its kind, which says what the unit makes. Beside these, each kind of object has a unit. */
export interface UnitFields {
  /** The derived rows of a Gateway and its listeners; see `kinds/derived/effective-listeners.ts`. */
  readonly EffectiveListeners: ObjectName;
  /** The derived row of what policies there are at a Gateway, or at a route of it; see `kinds/derived/attached-policies.ts`. */
  readonly AttachedPolicies: ObjectName & { readonly target: ResourceKey };
  /** The derived row by which a route's namespace claims hostnames at a Gateway; see `kinds/derived/host-owner.ts`. */
  readonly HostClaim: ObjectName & { readonly route: ResourceKey };
  /** The derived row of the namespace that a hostname belongs to at a Gateway; see `kinds/derived/host-owner.ts`. */
  readonly HostOwner: ObjectName & { readonly hostname: string };
  /** Tells what the proxies of a Gateway are to run as; see `kinds/own/infrastructure.ts`. No proxy sees it. */
  readonly Infrastructure: ObjectName;
  /** Serves one port of a Gateway over one transport: an Envoy Listener, and what only that needs. */
  readonly Listener: ObjectName & { readonly transport: ListenerTransport; readonly port: number };
  /** A route at a Gateway that it names as its parent: its part of each domain that it serves there. */
  readonly AttachedRoute: ObjectName & { readonly route: ResourceKey };
  /** An Envoy Cluster; see `units/cluster-name.ts` for its name and that of its endpoints. */
  readonly Cluster: { readonly cluster: string };
  readonly ClusterLoadAssignment: { readonly endpoints: string };
  /** The code that one WASM plugin of a policy wants; see `kinds/own/wasm-module.ts`. */
  readonly WasmModule: PluginPlace;
  /** The plugins that run on some routes; see `units/plugin-chain.ts`. */
  readonly PluginChain: ChainName;
  /** The CAs by which clients of a Gateway's listeners are judged; see `ValidationScope`. */
  readonly ClientAuthorities: ObjectName & { readonly scope: string };
  /** A TLS Secret, as SDS resource `namespace/name`. */
  readonly Secret: ObjectName;
}

export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

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

export type UnitKind = keyof UnitFields;

export type UnitOf<K extends UnitKind> = { readonly kind: K } & UnitFields[K];

/**
 * A unit: the smallest thing worth translating alone. What queues between the stages is names of units, never events.
 *
 * A root is alive while a row names it in `Row.units`. Any other unit is alive while another unit's output refers to it.
 */
export type Unit = { readonly [K in UnitKind]: UnitOf<K> }[UnitKind] | ObjectUnit;

/** The unit that has the kind and name of an object: it reports on the object, and may make more. */
export interface ObjectUnit {
  readonly kind: 'Object';
  readonly object: ResourceKey;
}

export type LaneName = 'endpoints' | 'config';

/** Everything about a kind of unit that is not its translation. `F` is what its name holds. */
export interface UnitDef<F> extends UnitPlace<F> {
  readonly lane: LaneName;
  /**
   * Place in a wave: units of a lower level go first. A unit may read derived rows of units of lower levels alone, so no
   * unit can depend on itself, and a wave normally translates each unit once.
   */
  readonly level: Level;
  readonly codec: Codec<F>;
  /**
   * Kinds of the derived rows that the unit makes; without them one of its own kind and name. Keys begin with namespace and
   * name of the unit. Whoever reads one of them, or an index of them, reads the one of the first kind and of the unit's
   * very name too: while the unit has not said which rows there are, its readers wait for it.
   */
  readonly rows?: readonly [string, ...string[]];
}

/** Where the results of a unit belong. */
export interface UnitPlace<F> {
  /** Names the units that this one is published with: those of its fleet, or all of that name. No wave waits for another. */
  readonly wave: WaveName | ((unit: UnitName) => FleetKey);
  /** The Gateway, as `namespace/name`, that the xDS resources of a root go to; undefined for units of no one Gateway. */
  readonly gateway?: (fields: F) => string;
  /** The object whose status tells that translation of the unit fails; without it, the one of the unit's own name. */
  readonly subject?: (fields: F) => ResourceKey;
  /** Its name ends with the key of an object, whose namespace's work it is. All other names begin with that namespace. */
  readonly endsWithObject?: boolean;
  /** Rows that translation will surely read. A guess that saves a round trip. */
  readonly firstKeys?: (fields: F) => readonly ReadKey[];
  /** The Services that it reads are those of its own proxies, which are made after it: it never waits for one. */
  readonly readsOwnService?: boolean;
  /** Proxies may go on using its resources when no route names them: they stay for a while. */
  readonly lingers?: boolean;
}

/** `shared`: what several fleets use. `reports`: what no proxy sees. Endpoints are published one by one. */
export type WaveName = 'shared' | 'reports' | 'endpoints';

/** 0 and 1 make derived rows. */
export type Level = 0 | 1 | 2;

/** Between a unit's fields and the part of its name behind the kind. */
export interface Codec<F> {
  readonly write: (fields: F) => string;
  readonly read: (text: string) => F;
}
