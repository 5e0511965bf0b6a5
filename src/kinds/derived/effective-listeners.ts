import type { ClientValidation, FrontendTls, GatewayListener } from '../gateway-api/gateway.ts';
import type { Problem } from '../row.ts';

/*
 * The rows of a Gateway whose class names this controller, made by the unit EffectiveListeners. Each holds what one kind of
 * reader needs and no more, so that an edit of a listener is an edit of what is attached to it.
 */

/**
 * The Gateway itself, as far as everything at it needs it. Absent when the Gateway does not exist or belongs to another
 * controller. Whoever reads one of the other rows, or an index of them, reads this one first.
 */
export interface OurGatewayRow {
  readonly gatewayClass: string;
  /** The Gateway's own parameters; undefined: those of its class. */
  readonly parametersRef:
    | { readonly group: string; readonly kind: string; readonly name: string }
    | undefined;
  /** Namespaces whose plugins its proxies run, besides its own; `*` for all. */
  readonly pluginsFrom: readonly string[];
  /** Problems of `spec.infrastructure`, with paths below `spec`: then it is not known which parameters are meant. */
  readonly unreadableInfrastructure: readonly Problem[];
}

/** All listeners of the Gateway, for what reports on it and runs its proxies. */
export interface EffectiveListenersRow {
  /** The proof that is demanded of clients. */
  readonly frontend: FrontendTls;
  /** In the order of the Gateway. */
  readonly listeners: readonly ListenerState[];
}

/** One listener, for the routes that attach to it. Its certificates and its place in the spec are not in it. */
export interface EffectiveListenerRow {
  readonly listener: Pick<GatewayListener, 'name' | 'port' | 'allowedRoutes'>;
  /** `*` when the listener has none. */
  readonly hostname: string;
  /** Undefined: a protocol or mode that Sluice does not serve. */
  readonly protocol: ServedProtocol | undefined;
  readonly conflict: Conflict | undefined;
  /** Route kinds that may attach: those that the protocol takes and `allowedRoutes.kinds` lists. */
  readonly supportedKinds: readonly RouteKind[];
  /** Some hostnames that it covers belong to other served listeners of its port; see `servedListenersAt`. */
  readonly isDivided: boolean;
}

/** A listener with what its Gateway alone decides about it: no certificate or route has been looked at. */
export interface ListenerState extends EffectiveListenerRow {
  readonly listener: GatewayListener;
  /** Position in `spec.listeners`, for field paths. */
  readonly position: number;
  /** Names of the TLS listeners of its port that share names with it. */
  readonly overlapping: readonly string[];
  /** `allowedRoutes.kinds` lists a kind that cannot attach. */
  readonly invalidKinds: boolean;
  /** The port that Envoy binds for it in a pod, unless the parameters say otherwise. */
  readonly containerPort: number;
}

/** The served listeners of one port; absent where there are none. */
export interface EffectivePortRow {
  readonly containerPort: number;
  /** The proof that is demanded of clients; undefined: none, or the port is a cleartext one. */
  readonly validation: ValidationScope | undefined;
  /** In the order of their hostnames. */
  readonly listeners: readonly PortListener[];
}

export interface PortListener {
  readonly listener: Pick<GatewayListener, 'port' | 'tls'>;
  readonly hostname: string;
  readonly protocol: ServedProtocol;
}

/** The proof that some HTTPS listeners demand of clients. */
export interface ValidationScope {
  /** `default`, or the port that has a validation of its own. */
  readonly scope: string;
  readonly validation: ClientValidation;
  /** Field path of the validation. */
  readonly path: string;
}

export type ServedProtocol = 'HTTP' | 'HTTPS';

export type Conflict = 'HostnameConflict' | 'ProtocolConflict';

/** A kind of route that attaches to listeners. */
export type RouteKind = 'HTTPRoute';
