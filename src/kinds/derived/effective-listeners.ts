import type { ClientValidation, FrontendTls } from '../gateway-api/gateway.ts';
import type { GatewayListener } from '../gateway-api/listener.ts';
import type { RouteKind } from '../route-kind.ts';
import type { Problem } from '../row.ts';
import type { ObjectName } from '../../units/unit-def.ts';

/* Rows of the unit EffectiveListeners. Each holds exactly what one kind of reader needs: an edit reaches only those. */

/** Row for all at the Gateway; absent for that of another controller. Readers of the rows below read it first. */
export interface OurGatewayRow {
  readonly gatewayClass: string;
  /** The Gateway's own parameters; undefined: those of its class. */
  readonly parametersRef:
    | { readonly group: string; readonly kind: string; readonly name: string }
    | undefined;
  /** Namespaces whose plugins its proxies run, besides its own; `*` for all. */
  readonly pluginsFrom: readonly string[];
  /** True when tables of routes are in shards. */
  readonly hasRouteShards: boolean;
  /** True when backends over TLS are to see a certificate of the Gateway. */
  readonly hasClientCertificate?: true | undefined;
  /** Problems of `spec.infrastructure`, with paths below `spec`: then the parameters are unknown. */
  readonly unreadableInfrastructure: readonly Problem[];
}

/** Listeners of the Gateway, for its report and its proxies. */
export interface EffectiveListenersRow {
  readonly frontend: FrontendTls;
  readonly listeners: readonly ListenerState[];
  /**
   * Served listeners of its ListenerSets that add something to the Gateway's ports or tables: one for all listeners of a
   * port that Envoy tells apart by Host, so that most ListenerSets change nothing here.
   */
  readonly others: readonly ServedPlace[];
  /** Ports with a listener, of it or of its ListenerSets, whose filters run before its routes are matched. */
  readonly filteredPorts: readonly number[];
}

export interface ServedPlace {
  readonly listener: Pick<GatewayListener, 'port' | 'protocol'>;
  readonly hostname: string;
  readonly protocol: ServedProtocol;
  readonly containerPort: number;
}

/** Listeners of a ListenerSet, for its report and the hostnames that it serves. Absent: its Gateway does not allow it. */
export interface EffectiveListenerSetRow {
  readonly frontend: FrontendTls;
  readonly listeners: readonly ListenerState[];
}

/** Listener as seen by the routes that attach to it: without certificates and its position in the spec. */
export interface EffectiveListenerRow {
  /** The ListenerSet that has it; undefined: the Gateway. */
  readonly set?: ObjectName | undefined;
  readonly listener: Pick<GatewayListener, 'name' | 'port' | 'allowedRoutes'>;
  /** `*` when the listener has none. */
  readonly hostname: string;
  /** Undefined: a protocol or mode that Sluice does not serve. */
  readonly protocol: ServedProtocol | undefined;
  readonly conflict: Conflict | undefined;
  /** Route kinds that may attach: those that the protocol takes and `allowedRoutes.kinds` lists. */
  readonly supportedKinds: readonly RouteKind[];
  /** True when some hostnames that it covers belong to other served listeners of its port; see `servedListenersAt`. */
  readonly isDivided: boolean;
  /** Filters of the listener see its requests before routes are matched. */
  readonly isFiltered?: true | undefined;
}

/** A listener with what its Gateway decides about it, without a look at certificates or routes. */
export interface ListenerState extends EffectiveListenerRow {
  readonly listener: GatewayListener;
  readonly position: number;
  /** Names of TLS listeners of its port whose hostnames overlap with its own. */
  readonly overlapping: readonly string[];
  /** `allowedRoutes.kinds` lists a kind that cannot attach. */
  readonly invalidKinds: boolean;
  /** Port that Envoy binds for it in a pod, unless the parameters say otherwise. */
  readonly containerPort: number;
}

export interface EffectivePortRow {
  readonly containerPort: number;
  /** Undefined: clients need no certificate, or the port is cleartext. */
  readonly validation: ValidationScope | undefined;
  /** List in the order of their hostnames. */
  readonly listeners: readonly PortListener[];
}

/** All listeners of a port, with the names by which policies target them. Of use to policies alone. */
export interface PortNamesRow {
  readonly listeners: readonly NamedListener[];
}

export interface NamedListener {
  /** The ListenerSet that has it; undefined: the Gateway. */
  readonly set?: ObjectName | undefined;
  readonly listener: Pick<GatewayListener, 'name'>;
  readonly hostname: string;
  readonly protocol: ServedProtocol;
}

export interface PortListener {
  /** The ListenerSet that has it, which refers to the certificates; undefined: the Gateway. */
  readonly set?: ObjectName | undefined;
  readonly listener: Pick<GatewayListener, 'port' | 'tls'>;
  readonly hostname: string;
  readonly protocol: ServedProtocol;
}

/** The certificate check that some HTTPS listeners demand of clients. */
export interface ValidationScope {
  /** `default`, or the port that has a validation of its own. */
  readonly scope: string;
  readonly validation: ClientValidation;
  readonly path: string;
}

/** `TLSPassthrough`: a listener of protocol TLS whose connections Envoy does not decrypt. */
export type ServedProtocol = 'HTTP' | 'HTTPS' | 'TLS' | 'TLSPassthrough' | 'TCP' | 'UDP';

export type Conflict = 'HostnameConflict' | 'ProtocolConflict';
