import type { RouteKind } from '../../kinds/route-kind.ts';
import type {
  Conflict,
  EffectiveListenerRow,
  ListenerState,
  ServedProtocol,
} from '../../kinds/derived/effective-listeners.ts';
import type { GatewayListener } from '../../kinds/gateway-api/listener.ts';
import { anyHostname } from '../../kinds/shape/hostname.ts';
import { containerPorts } from '../../units/container-port.ts';
import type { ObjectName } from '../../units/unit-def.ts';
import { conflicts, divided, overlaps } from './conflicts.ts';
import { protocolNamed, protocols, routeGroup } from './protocol.ts';

/** Listeners of the Gateway, without a set, or of one of its ListenerSets. */
export interface ListenerGroup {
  readonly set: ObjectName | undefined;
  readonly listeners: readonly GatewayListener[];
}

/** Returns the listeners of a Gateway and its ListenerSets, in the order of their precedence. Costs O(listeners). */
export function listenerStates(groups: readonly ListenerGroup[]): ListenerState[] {
  const ports = containerPorts(groups.map(({ listeners }) => portsOf(listeners)));
  const states = groups.flatMap((group) => statesOf(group, ports));
  const places = states.filter(hasProtocol);
  const conflicting: ReadonlyMap<object, Conflict> = conflicts(places);
  const served = places.filter((place) => !conflicting.has(place));
  const overlapping: ReadonlyMap<object, readonly string[]> = overlaps(served);
  const dividing: ReadonlySet<object> = divided(served);
  return states.map((state) => ({
    ...state,
    conflict: conflicting.get(state),
    overlapping: overlapping.get(state) ?? [],
    isDivided: dividing.has(state),
  }));
}

function portsOf(listeners: readonly GatewayListener[]): number[] {
  return listeners.map(({ port }) => port).filter((port) => port !== 0);
}

function statesOf({ set, listeners }: ListenerGroup, ports: ReadonlyMap<number, number>) {
  return listeners.map((listener, position) => {
    const protocol = servedProtocol(listener);
    const { kinds } = listener.allowedRoutes;
    const taken: readonly RouteKind[] = protocol === undefined ? [] : protocols[protocol].routes;
    return {
      ...(set === undefined ? {} : { set }),
      listener,
      position,
      hostname: listenerHostname(listener),
      protocol,
      supportedKinds: kinds.length === 0 ? taken : taken.filter((kind) => lists(kinds, kind)),
      invalidKinds: kinds.some((entry) => !taken.some((kind) => lists([entry], kind))),
      containerPort: ports.get(listener.port) ?? listener.port,
    };
  });
}

type Served<S> = S & { readonly protocol: ServedProtocol };

/** A listener that takes part in the data plane, as far as its Gateway decides that. */
export type ServedListener = Served<ListenerState>;

export function isServed<S extends Pick<EffectiveListenerRow, 'protocol' | 'conflict'>>(
  state: S,
): state is Served<S> {
  return state.protocol !== undefined && state.conflict === undefined;
}

/** Returns false for a listener without a name, or with that of another. */
export function hasOwnName({ listener: { name, unreadable = [] } }: ListenerState): boolean {
  return name !== '' && !unreadable.some(({ path }) => path === 'name');
}

function hasProtocol<S extends { readonly protocol: ServedProtocol | undefined }>(
  state: S,
): state is Served<S> {
  return state.protocol !== undefined;
}

function listenerHostname({ hostname }: GatewayListener): string {
  return hostname === undefined || hostname === '' ? anyHostname : hostname;
}

function servedProtocol({ protocol, tls, unreadable }: GatewayListener): ServedProtocol | undefined {
  return unreadable === undefined ? protocolNamed(protocol, tls?.mode ?? 'Terminate') : undefined;
}

function lists(kinds: GatewayListener['allowedRoutes']['kinds'], kind: RouteKind): boolean {
  return kinds.some((entry) => entry.group === routeGroup && entry.kind === kind);
}
