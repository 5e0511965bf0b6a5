import type { GatewayListener, GatewayRow } from '../../kinds/gateway-api/gateway.ts';
import { anyHostname } from '../attach/hostname.ts';

/** A listener with what its Gateway alone decides about it: no certificate or route has been looked at. */
export interface ListenerState {
  readonly listener: GatewayListener;
  /** Position in `spec.listeners`, for field paths. */
  readonly position: number;
  /** `*` when the listener has none. */
  readonly hostname: string;
  /** Undefined: a protocol or mode that Sluice does not serve. */
  readonly protocol: ServedProtocol | undefined;
  readonly conflict: 'HostnameConflict' | 'ProtocolConflict' | undefined;
  /** Route kinds that may attach: those that the protocol takes and `allowedRoutes.kinds` lists. */
  readonly supportedKinds: readonly RouteKind[];
  /** Whether `allowedRoutes.kinds` lists a kind that cannot attach. */
  readonly invalidKinds: boolean;
}

export type ServedProtocol = 'HTTP' | 'HTTPS';

export type RouteKind = 'HTTPRoute';

/** The Gateway's listeners, in its order. */
export function listenerStates(gateway: GatewayRow): ListenerState[] {
  const { listeners } = gateway.spec;
  return listeners.map((listener, position) => {
    const protocol = servedProtocol(listener);
    const kinds = listener.allowedRoutes.kinds;
    const attachable = kinds.filter((kind) => kind.group === gatewayGroup && kind.kind === 'HTTPRoute');
    const supported = protocol !== undefined && (kinds.length === 0 || attachable.length > 0);
    return {
      listener,
      position,
      hostname: listenerHostname(listener),
      protocol,
      conflict: conflict(listener, protocol, listeners),
      supportedKinds: supported ? ['HTTPRoute'] : [],
      invalidKinds: attachable.length < kinds.length,
    };
  });
}

/** A listener that takes part in the data plane, as far as its Gateway alone can tell. */
export type ServedListener = ListenerState & { readonly protocol: ServedProtocol };

export function isServed(state: ListenerState): state is ServedListener {
  return state.protocol !== undefined && state.conflict === undefined;
}

const gatewayGroup = 'gateway.networking.k8s.io';

function servedProtocol(listener: GatewayListener): ServedProtocol | undefined {
  if (listener.protocol === 'HTTP') return 'HTTP';
  return listener.protocol === 'HTTPS' && listener.tls?.mode !== 'Passthrough' ? 'HTTPS' : undefined;
}

function listenerHostname(listener: GatewayListener): string {
  return listener.hostname === undefined || listener.hostname === '' ? anyHostname : listener.hostname;
}

/**
 * No conflicting listener wins: all of them are refused. One that is not served at all conflicts with nobody.
 * https://gateway-api.sigs.k8s.io/reference/spec/#gatewayspec, "Handling indistinct Listeners"
 */
function conflict(
  listener: GatewayListener,
  protocol: ServedProtocol | undefined,
  listeners: readonly GatewayListener[],
): ListenerState['conflict'] {
  if (protocol === undefined) return undefined;
  let found: ListenerState['conflict'];
  for (const other of listeners) {
    if (other === listener || other.port !== listener.port) continue;
    const otherProtocol = servedProtocol(other);
    if (otherProtocol === undefined) continue;
    if (otherProtocol !== protocol) return 'ProtocolConflict';
    if (listenerHostname(other) === listenerHostname(listener)) found = 'HostnameConflict';
  }
  return found;
}
