import type { ReadKey, ResourceKey, UnitName } from '../lib/key.ts';
import type { FleetKey } from './fleet-key.ts';
import type { ChainName } from './plugin-chain.ts';
import type { TokenChainName } from './token-chain.ts';

/** Fields of a unit's name, by its kind. Each kind of object has a unit as well. */
export interface UnitFields {
  /** Makes the derived rows of a Gateway and its listeners; see `kinds/derived/effective-listeners.ts`. */
  readonly EffectiveListeners: ObjectName;
  /** Makes the derived row of a ListenerSet's Gateway, which most edits of the ListenerSet leave as it is. */
  readonly ListenerSetGateway: ObjectName;
  /** Makes the derived row of the Gateway that a route reaches by a ListenerSet; it names the route's units there. */
  readonly ListenerSetRoute: ObjectName & { readonly route: ResourceKey };
  /** Makes the row of policies at a Gateway or one of its routes; see `kinds/derived/attached-policies.ts`. */
  readonly AttachedPolicies: ObjectName & { readonly target: ResourceKey };
  /** Makes the derived row by which a route's namespace claims hostnames at a Gateway; see `kinds/derived/host-owner.ts`. */
  readonly HostClaim: ObjectName & { readonly route: ResourceKey };
  /** Makes the derived row of the namespace that a hostname belongs to at a Gateway; see `kinds/derived/host-owner.ts`. */
  readonly HostOwner: ObjectName & { readonly hostname: string };
  /** Makes the derived row of the places that a route below HTTP has at a Gateway; see `kinds/derived/route-places.ts`. */
  readonly RoutePlaces: ObjectName & { readonly route: ResourceKey };
  /** Reports the proxies that a Gateway needs; see `kinds/own/infrastructure.ts`. No proxy sees it. */
  readonly Infrastructure: ObjectName;
  readonly Listener: ObjectName & { readonly transport: ListenerTransport; readonly port: number };
  /** Serves the hostnames of a ListenerSet at its Gateway, before any route does. */
  readonly AttachedListenerSet: ObjectName & { readonly set: ResourceKey };
  readonly AttachedRoute: ObjectName & { readonly route: ResourceKey };
  /** Makes the filter that forwards connections of one server name of a port, or of all. Comes by ECDS. */
  readonly TcpProxy: ObjectName & {
    readonly port: number;
    readonly hostname: string;
    /**
     * SecurityPolicies that the Listener keeps for its connections, see `chainName`; undefined: none. Another policy is
     * another filter, so that no Listener of before it leads to backends.
     */
    readonly policy?: string | undefined;
  };
  /** Makes the Cluster to which a UDP port forwards, whichever route it has. */
  readonly UdpCluster: ObjectName & { readonly port: number };
  readonly Cluster: { readonly cluster: string };
  readonly ClusterLoadAssignment: { readonly endpoints: string };
  /** Makes the endpoints of several Services, each with its weight; see `weighted-endpoints.ts`. */
  readonly WeightedEndpoints: { readonly endpoints: string };
  readonly WasmModule: PluginPlace;
  /** Reports the provider whose document a SecurityPolicy needs. No proxy sees it. */
  readonly OidcProvider: ObjectName;
  readonly PluginChain: ChainName;
  /** Makes the filter with the buckets of local rate limits; see `limit-chain.ts`. */
  readonly LimitChain: { readonly chain: string };
  /** Makes the filter that verifies tokens for the routes of a SecurityPolicy. Comes by ECDS. */
  readonly TokenChain: TokenChainName;
  readonly ClientAuthorities: ObjectName & { readonly scope: string };
  /** Makes the CAs of a BackendTLSPolicy, or of a Backend, by which proxies verify backends. */
  readonly BackendAuthorities: ObjectName;
  /** Makes the checks of clients' certificates that a ClientTrafficPolicy asks for. */
  readonly ClientPolicyAuthorities: ObjectName;
  readonly Secret: ObjectName;
  /** Makes the credential of a Secret, which proxies add to requests. */
  readonly Credential: ObjectName;
  /** Makes the secret by which proxies show an OpenID provider who they are, of a Secret. */
  readonly ClientSecret: ObjectName;
  /** Makes the key of the sessions of a SecurityPolicy. */
  readonly SessionKey: ObjectName;
}

export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

/** `internal`, `filtered`: connections that the proxy opens to itself; see `internal-listener-name.ts`. */
export type ListenerTransport = Transport | 'internal' | 'filtered';

/** Ports of different transports are different ports, also with one number. */
export type Transport = 'tcp' | 'udp';

export interface TransportPort {
  readonly transport: Transport;
  readonly port: number;
}

export interface PluginPlace {
  readonly namespace: string;
  readonly policy: string;
  readonly index: number;
}

export interface PluginName extends PluginPlace {
  readonly type: PluginType;
}

/** Prefixes of their ECDS names. */
export type PluginType = 'lua' | 'ext_proc' | 'wasm';

export type UnitKind = keyof UnitFields;

export type UnitOf<K extends UnitKind> = { readonly kind: K } & UnitFields[K];

/**
 * A unit: the smallest thing that is translated by itself. Queues hold names of units, never events. A root exists while a
 * row names it in `Row.units`, any other unit while another unit's output refers to it.
 */
export type Unit = { readonly [K in UnitKind]: UnitOf<K> }[UnitKind] | ObjectUnit;

/** The unit that has the kind and name of an object: it reports on the object, and may make more. */
export interface ObjectUnit {
  readonly kind: 'Object';
  readonly object: ResourceKey;
}

export type LaneName = 'endpoints' | 'config';

/** Describes a kind of unit, without its translation. `F`: the fields of its name. */
export interface UnitDef<F> extends UnitPlace<F> {
  readonly lane: LaneName;
  /** Place in a wave: lower ones go first. A unit reads derived rows of lower levels only, so none depends on itself. */
  readonly level: Level;
  readonly codec: Codec<F>;
  /**
   * Kinds of the unit's derived rows; default: one of its own kind and name. Whoever reads one also reads the row of the
   * first kind with the unit's own name: its absence says that the unit has not answered, and readers wait for it.
   */
  readonly rows?: readonly [string, ...string[]];
}

/** Says where the results of a unit belong. */
export interface UnitPlace<F> {
  /** Names the units that are published with this one: those of its fleet, or all of that name. No wave waits for another. */
  readonly wave: WaveName | ((unit: UnitName, fleetOfRow: FleetOfRow) => FleetKey | WaveName);
  /** The Gateway, as `namespace/name`, that gets the xDS resources of a root; undefined for units of several Gateways. */
  readonly gateway?: (fields: F) => string;
  /** The object whose status reports that translation of the unit fails; default: the object of the unit's own name. */
  readonly subject?: (fields: F) => ResourceKey;
  /** True when the unit's name ends with the key of an object, whose namespace pays. All others begin with it. */
  readonly endsWithObject?: boolean;
  /** Rows that translation will surely read. A guess that saves a round trip. */
  readonly firstKeys?: (fields: F) => readonly ReadKey[];
  /** True when its rows name units, all with the object at the end of its own name. */
  readonly namesUnits?: boolean;
  /** True when it reads the Services of its own proxies. They are made after it, so it never waits for one. */
  readonly readsOwnService?: boolean;
  /** True when a change of it waits for the first endpoint of each backend that is new in it: it has no rules to leave out. */
  readonly awaitsEndpoints?: boolean;
  /** True when its resources stay for a while after the last route that names them: proxies may still use them. */
  readonly lingers?: boolean;
  /**
   * True when it keeps its content although its objects no longer ask for it, as long as other units refer to it: their
   * proxies are still using it.
   */
  readonly staysInUse?: boolean;
}

/** Returns the fleet that the row of an object names; see `Row.fleet`. */
export type FleetOfRow = (object: ResourceKey) => FleetKey | undefined;

/** `shared`: used by several fleets. `reports`: seen by no proxy. `endpoints`: published one by one. */
export type WaveName = 'shared' | 'reports' | 'endpoints';

/** Places of units in a wave. Units below the last level make derived rows. */
export const levels = [0, 1, 2, 3, 4] as const;

export type Level = (typeof levels)[number];

export const lastLevel = 4 satisfies Level;

/** Converts between a unit's fields and its name behind the kind. */
export interface Codec<F> {
  readonly write: (fields: F) => string;
  readonly read: (text: string) => F;
}
