import type {
  Conflict,
  ListenerState,
  RouteKind,
  ServedProtocol,
} from '../../kinds/derived/effective-listeners.ts';
import type { GatewayListener, GatewayRow } from '../../kinds/gateway-api/gateway.ts';
import { anyHostname } from '../attach/hostname.ts';
import { conflicts, overlaps } from './conflicts.ts';
import { isProtocol, protocols, routeGroup } from './protocol.ts';

/** The Gateway's listeners, in its order. Costs O(listeners). */
export function listenerStates(gateway: GatewayRow): ListenerState[] {
  const states = gateway.spec.listeners.map((listener, position) => {
    const protocol = servedProtocol(listener);
    const { kinds } = listener.allowedRoutes;
    const taken: readonly RouteKind[] = protocol === undefined ? [] : protocols[protocol].routes;
    return {
      listener,
      position,
      hostname: listenerHostname(listener),
      protocol,
      supportedKinds: kinds.length === 0 ? taken : taken.filter((kind) => lists(kinds, kind)),
      invalidKinds: kinds.some((entry) => !taken.some((kind) => lists([entry], kind))),
    };
  });
  const places = states.filter(hasProtocol);
  const conflicting: ReadonlyMap<object, Conflict> = conflicts(places);
  const overlapping: ReadonlyMap<object, readonly string[]> = overlaps(
    places.filter((place) => !conflicting.has(place)),
  );
  return states.map((state) => ({
    ...state,
    conflict: conflicting.get(state),
    overlapping: overlapping.get(state) ?? [],
  }));
}

/** A listener that takes part in the data plane, as far as its Gateway alone can tell. */
export type ServedListener = ListenerState & { readonly protocol: ServedProtocol };

export function isServed(state: ListenerState): state is ServedListener {
  return state.protocol !== undefined && state.conflict === undefined;
}

function hasProtocol<S extends { readonly protocol: ServedProtocol | undefined }>(
  state: S,
): state is S & { readonly protocol: ServedProtocol } {
  return state.protocol !== undefined;
}

function listenerHostname({ hostname }: GatewayListener): string {
  return hostname === undefined || hostname === '' ? anyHostname : hostname;
}

function servedProtocol({ protocol, tls, unreadable }: GatewayListener): ServedProtocol | undefined {
  if (unreadable !== undefined || !isProtocol(protocol)) return undefined;
  return protocols[protocol].security === 'tls' && tls?.mode === 'Passthrough' ? undefined : protocol;
}

function lists(kinds: GatewayListener['allowedRoutes']['kinds'], kind: RouteKind): boolean {
  return kinds.some((entry) => entry.group === routeGroup && entry.kind === kind);
}
