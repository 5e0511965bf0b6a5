import { resourceKey, type ReadKey } from '../../lib/key.ts';
import type { ListenerState, RouteKind } from '../../kinds/derived/effective-listeners.ts';
import type { ParentReference } from '../../kinds/gateway-api/http-route.ts';
import type { LabelPairs, LabelSelector } from '../../kinds/shape/shape.ts';
import { describeUnreadable, unreadableParts } from '../../kinds/unreadable.ts';
import type { Reader } from '../reader.ts';
import { anyHostname, intersects } from './hostname.ts';
import type { OurGateway } from './ownership.ts';

/** A route of any kind, as far as it decides where it attaches. */
export interface AttachingRoute {
  readonly kind: RouteKind;
  readonly namespace: string;
  readonly parentRefs: readonly ParentReference[];
  /** Empty: any, and for a kind that has none. */
  readonly hostnames: readonly string[];
}

/** Whether a parentRef attaches its route, and where, or why not. */
export type Attachment =
  | { readonly kind: 'attached'; readonly listeners: readonly ListenerState[] }
  | {
      readonly kind: 'refused';
      readonly reason:
        | 'NoMatchingParent'
        | 'NotAllowedByListeners'
        | 'NoMatchingListenerHostname'
        | 'UnsupportedValue';
      readonly message: string;
    };

/**
 * Attaches by parentRef, `allowedRoutes` and hostnames, in this order. Whether a listener is served plays no part: "Listener
 * or Route status does not impact successful attachment" (ListenerStatus.attachedRoutes).
 */
export function attach(
  reader: Reader,
  gateway: OurGateway,
  parentRef: ParentReference,
  route: Omit<AttachingRoute, 'parentRefs'>,
): Attachment {
  const named = gateway.listeners.filter((state) => names(parentRef, state));
  if (named.length === 0) return refused('NoMatchingParent', noMatchingParent(gateway, parentRef));
  const allowing = named.filter((state) => allows(reader, gateway, state, route));
  if (allowing.length === 0) {
    const list = named.map((state) => state.listener.name).join(', ');
    return refused(
      'NotAllowedByListeners',
      `allowedRoutes of listener ${list} lets in no ${route.kind} of namespace ${route.namespace}${unreadableLabels(reader, named, route.namespace)}`,
    );
  }
  const listeners = allowing.filter((state) => sharesHostname(state, route.hostnames));
  if (listeners.length === 0) {
    const list = allowing.map((state) => `${state.listener.name} (${state.hostname})`).join(', ');
    return refused(
      'NoMatchingListenerHostname',
      `spec.hostnames has no name in common with listener ${list}`,
    );
  }
  return { kind: 'attached', listeners };
}

/** Whether some parentRef of the route attaches it to this listener. */
export function isAttachedTo(
  reader: Reader,
  gateway: OurGateway,
  state: ListenerState,
  route: AttachingRoute,
): boolean {
  return (
    route.parentRefs.some((ref) => isParent(gateway, ref, route.namespace) && names(ref, state)) &&
    allows(reader, gateway, state, route) &&
    sharesHostname(state, route.hostnames)
  );
}

/** Whether the parentRef of a route in `namespace` means this Gateway. */
export function isParent(
  gateway: { readonly namespace: string; readonly name: string },
  ref: ParentReference,
  namespace: string,
): boolean {
  return isGatewayRef(ref) && ref.name === gateway.name && (ref.namespace ?? namespace) === gateway.namespace;
}

export function isGatewayRef(ref: ParentReference): boolean {
  return ref.group === 'gateway.networking.k8s.io' && ref.kind === 'Gateway';
}

/** What {@link attach} and {@link isAttachedTo} read: the routes' Namespaces, if a listener selects by their labels. */
export function attachmentKeys(gateway: OurGateway, namespaces: Iterable<string>): ReadKey[] {
  const selecting = gateway.listeners.some(
    (state) => state.listener.allowedRoutes.namespaces.from === 'Selector',
  );
  if (!selecting) return [];
  return [...new Set(namespaces)].map((namespace) => resourceKey('Namespace', '', namespace));
}

function names(ref: ParentReference, { listener }: ListenerState): boolean {
  return (
    ref.unreadable === undefined &&
    (ref.sectionName === undefined || ref.sectionName === listener.name) &&
    (ref.port === undefined || ref.port === listener.port)
  );
}

function allows(
  reader: Reader,
  gateway: OurGateway,
  state: ListenerState,
  { kind, namespace }: Pick<AttachingRoute, 'kind' | 'namespace'>,
): boolean {
  if (!state.supportedKinds.includes(kind)) return false;
  const { from, selector } = state.listener.allowedRoutes.namespaces;
  switch (from) {
    case 'All':
      return true;
    case 'Same':
      return namespace === gateway.namespace;
    case 'None':
      return false;
    case 'Selector':
      return selector !== undefined && selects(selector, namespaceLabels(reader, namespace));
  }
}

/** Undefined for a Namespace whose labels cannot be read: some requirements hold for what a label is not. */
function namespaceLabels(reader: Reader, namespace: string): LabelPairs | undefined {
  const metadata = reader.row('Namespace', '', namespace)?.metadata;
  return metadata?.unreadable === undefined ? metadata?.labels : undefined;
}

function sharesHostname(state: ListenerState, hostnames: readonly string[]): boolean {
  return (
    hostnames.length === 0 ||
    state.hostname === anyHostname ||
    hostnames.some((hostname) => intersects(hostname, state.hostname))
  );
}

/** Kubernetes' rules: every requirement holds, and an empty selector selects everything. */
export function selects(selector: LabelSelector, pairs: LabelPairs | undefined): boolean {
  if (pairs === undefined) return false;
  const labels = new Map(pairs);
  return (
    selector.matchLabels.every(([name, value]) => labels.get(name) === value) &&
    selector.matchExpressions.every(({ key, operator, values }) => {
      const value = labels.get(key);
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value);
        case 'NotIn':
          return value === undefined || !values.includes(value);
        case 'Exists':
          return value !== undefined;
        case 'DoesNotExist':
          return value === undefined;
      }
    })
  );
}

function noMatchingParent(gateway: OurGateway, ref: ParentReference): string {
  const section = ref.sectionName === undefined ? '' : ` named ${ref.sectionName}`;
  const port = ref.port === undefined ? '' : ` on port ${ref.port}`;
  return `Gateway ${gateway.namespace}/${gateway.name} has no listener${section}${port}`;
}

function refused(reason: Extract<Attachment, { kind: 'refused' }>['reason'], message: string): Attachment {
  return { kind: 'refused', reason, message };
}

/** Why a Namespace is not selected, where a listener selects and its labels cannot be read. */
function unreadableLabels(reader: Reader, states: readonly ListenerState[], namespace: string): string {
  if (!states.some(({ listener }) => listener.allowedRoutes.namespaces.from === 'Selector')) return '';
  const problems = unreadableParts(reader.row('Namespace', '', namespace)?.metadata, 'metadata');
  return problems.length === 0 ? '' : `: Namespace ${namespace}: ${describeUnreadable(problems)}`;
}
