import { resourceKey, type ResourceKey } from '../../lib/key.ts';
import type { FrontendTls, GatewayListener } from '../gateway-api/gateway.ts';
import type { Problem } from '../row.ts';
import type { LabelPairs } from '../shape/shape.ts';

/**
 * The listeners of a Gateway whose class names this controller, and what else routes and Listeners need of the Gateway.
 * Made by the unit of the same name; absent when the Gateway does not exist or belongs to another controller.
 */
export interface EffectiveListenersRow {
  readonly gatewayClass: string;
  /** The Gateway's own parameters; undefined: those of its class. */
  readonly parametersRef:
    | { readonly group: string; readonly kind: string; readonly name: string }
    | undefined;
  /** Problems of `spec.infrastructure`, with paths below `spec`: then it is not known which parameters are meant. */
  readonly unreadableInfrastructure: readonly Problem[];
  readonly labels: LabelPairs;
  /** What clients have to prove. */
  readonly frontend: FrontendTls;
  /** In the order of the Gateway. */
  readonly listeners: readonly ListenerState[];
}

/** A listener with what its Gateway alone decides about it: no certificate or route has been looked at. */
export interface ListenerState {
  readonly listener: GatewayListener;
  /** Position in `spec.listeners`, for field paths. */
  readonly position: number;
  /** `*` when the listener has none. */
  readonly hostname: string;
  /** Undefined: a protocol or mode that Sluice does not serve. */
  readonly protocol: ServedProtocol | undefined;
  readonly conflict: Conflict | undefined;
  /** Names of the TLS listeners of its port that share names with it. */
  readonly overlapping: readonly string[];
  /** Route kinds that may attach: those that the protocol takes and `allowedRoutes.kinds` lists. */
  readonly supportedKinds: readonly RouteKind[];
  /** Whether `allowedRoutes.kinds` lists a kind that cannot attach. */
  readonly invalidKinds: boolean;
}

export type ServedProtocol = 'HTTP' | 'HTTPS';

export type Conflict = 'HostnameConflict' | 'ProtocolConflict';

/** A kind of route that attaches to listeners. */
export type RouteKind = 'HTTPRoute';

export function effectiveListenersKey(namespace: string, gateway: string): ResourceKey {
  return resourceKey('EffectiveListeners', namespace, gateway);
}
