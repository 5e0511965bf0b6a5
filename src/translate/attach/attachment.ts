import { resourceKey, type ReadKey } from '../../lib/key.ts';
import type { EffectiveListenerRow } from '../../kinds/derived/effective-listeners.ts';
import type { RouteKind } from '../../kinds/route-kind.ts';
import type { Reader } from '../reader.ts';
import { anyHostname, intersects } from '../../kinds/shape/hostname.ts';
import type { ParentAt } from './listener-set-parents.ts';
import { letsIn, unreadableLabels } from './namespaces.ts';
import type { OurGateway } from './ownership.ts';
import { readAllListeners, readRouteListeners, type RouteParents } from './route-listeners.ts';

/** The parts of a route of any kind that decide where it attaches. */
export interface AttachingRoute {
  readonly kind: RouteKind;
  readonly namespace: string;
  readonly parentRefs: readonly ParentAt[];
  readonly hostnames: readonly string[];
}

export type Attachment =
  | { readonly kind: 'attached'; readonly listeners: readonly EffectiveListenerRow[] }
  | {
      readonly kind: 'refused';
      readonly reason:
        | 'NoMatchingParent'
        | 'NotAllowedByListeners'
        | 'NoMatchingListenerHostname'
        | 'HostnameNotOwned'
        | 'UnsupportedValue';
      readonly message: string;
    };

/**
 * Attaches by parentRef, `allowedRoutes` and hostnames, in this order, whatever the listener's status: "Listener or Route
 * status does not impact successful attachment" (ListenerStatus.attachedRoutes). Costs O(listeners that may take the
 * route).
 */
export function attach(
  reader: Reader,
  gateway: OurGateway,
  parentRef: ParentAt,
  route: Omit<AttachingRoute, 'parentRefs'>,
): Attachment {
  const listeners = attachedListeners(reader, gateway, { ...route, parentRefs: [parentRef] });
  return listeners.length > 0 ? { kind: 'attached', listeners } : refusal(reader, gateway, parentRef, route);
}

export function attachedListeners(
  reader: Reader,
  gateway: OurGateway,
  route: AttachingRoute,
): EffectiveListenerRow[] {
  const { parentRefs: refs, hostnames } = route;
  const [candidates = []] = readRouteListeners(reader, [{ gateway, refs }], hostnames);
  const named = candidates.filter((state) => refs.some((ref) => names(ref, state)));
  reader.expect(namespaceKeys(named, route));
  return named.filter((state) => allows(reader, gateway, state, route) && sharesHostname(state, hostnames));
}

/** Reads the listeners that {@link attach} will read for all these parents. Returns the other keys that it will read. */
export function attachmentKeys(
  reader: Reader,
  parents: readonly RouteParents[],
  route: Omit<AttachingRoute, 'parentRefs'>,
): ReadKey[] {
  return namespaceKeys(readRouteListeners(reader, parents, route.hostnames).flat(), route);
}

function refusal(
  reader: Reader,
  gateway: OurGateway,
  parentRef: ParentAt,
  route: Omit<AttachingRoute, 'parentRefs'>,
): Attachment {
  const all =
    parentRef.sectionName === undefined
      ? readAllListeners(reader, gateway, parentRef.set)
      : readRouteListeners(reader, [{ gateway, refs: [parentRef] }], route.hostnames).flat();
  const named = all.filter((state) => names(parentRef, state));
  if (named.length === 0) return refused('NoMatchingParent', noMatchingParent(gateway, parentRef));
  const allowing = named.filter((state) => allows(reader, gateway, state, route));
  if (allowing.length === 0) {
    const list = listed(named.map((state) => state.listener.name));
    return refused(
      'NotAllowedByListeners',
      `allowedRoutes of listener ${list} accepts no ${route.kind} of namespace ${route.namespace}${named.some(selectsNamespaces) ? unreadableLabels(reader, route.namespace) : ''}`,
    );
  }
  const list = listed(allowing.map((state) => `${state.listener.name} (${state.hostname})`));
  return refused('NoMatchingListenerHostname', `spec.hostnames: none of them matches listener ${list}`);
}

/** Bounded, as a message of a condition is. */
function listed(all: readonly string[]): string {
  const rest = all.length > maxListed ? ` and ${all.length - maxListed} more` : '';
  return `${all.slice(0, maxListed).join(', ')}${rest}`;
}

const maxListed = 8;

/** Returns the key of the route's Namespace when a listener selects by its labels. */
function namespaceKeys(
  states: readonly EffectiveListenerRow[],
  { kind, namespace }: Pick<AttachingRoute, 'kind' | 'namespace'>,
): ReadKey[] {
  const isRead = states.some((state) => state.supportedKinds.includes(kind) && selectsNamespaces(state));
  return isRead ? [resourceKey('Namespace', '', namespace)] : [];
}

function selectsNamespaces({ listener }: EffectiveListenerRow): boolean {
  return listener.allowedRoutes.namespaces.from === 'Selector';
}

function names(ref: ParentAt, { set, listener }: EffectiveListenerRow): boolean {
  return (
    ref.unreadable === undefined &&
    ref.set?.namespace === set?.namespace &&
    ref.set?.name === set?.name &&
    (ref.sectionName === undefined || ref.sectionName === listener.name) &&
    (ref.port === undefined || ref.port === listener.port)
  );
}

function allows(
  reader: Reader,
  gateway: OurGateway,
  state: EffectiveListenerRow,
  { kind, namespace }: Pick<AttachingRoute, 'kind' | 'namespace'>,
): boolean {
  const { namespaces } = state.listener.allowedRoutes;
  return (
    state.supportedKinds.includes(kind) &&
    letsIn(reader, namespaces, state.set?.namespace ?? gateway.namespace, namespace)
  );
}

function sharesHostname(state: EffectiveListenerRow, hostnames: readonly string[]): boolean {
  return (
    hostnames.length === 0 ||
    state.hostname === anyHostname ||
    hostnames.some((hostname) => intersects(hostname, state.hostname))
  );
}

function noMatchingParent(gateway: OurGateway, ref: ParentAt): string {
  const section = ref.sectionName === undefined ? '' : ` named ${ref.sectionName}`;
  const port = ref.port === undefined ? '' : ` on port ${ref.port}`;
  const { set } = ref;
  return set === undefined
    ? `Gateway ${gateway.namespace}/${gateway.name} has no listener${section}${port}`
    : `ListenerSet ${set.namespace}/${set.name} has no listener${section}${port} that its Gateway allows`;
}

function refused(reason: Extract<Attachment, { kind: 'refused' }>['reason'], message: string): Attachment {
  return { kind: 'refused', reason, message };
}
