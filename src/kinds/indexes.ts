import { indexKey, resourceKey, type IndexKey, type ReadKey, type ResourceKey } from '../lib/key.ts';
import type { ObjectName, TransportPort } from '../units/unit-def.ts';
import type { BackendFact, BackendKind } from './backend-kind.ts';
import type { LabelPairs } from './shape/shape.ts';
import type { PolicyKindName, TargetKind } from './target-kind.ts';

/** Keys of every index. A row lists its memberships when it is made (`Row.indexes`), so no change can miss one. */

export function slicesOfService(namespace: string, service: string): IndexKey {
  return indexKey('EndpointSlicesOfService', namespace, service);
}

export interface GrantFrom {
  readonly id: string;
  readonly namespace: string;
}

export interface GrantTo {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string | undefined;
}

/** ReferenceGrants that permit exactly this reference, however many grants the namespace has. */
export function grantsOf(from: GrantFrom, to: GrantTo): IndexKey {
  return indexKey(
    'ReferenceGrantsOf',
    to.namespace,
    from.id,
    from.namespace,
    to.group,
    to.kind,
    to.name ?? '',
  );
}

/** ReferenceGrants of the namespace with unreadable parts, which permit nothing. */
export function unreadableGrantsIn(namespace: string): IndexKey {
  return indexKey('UnreadableReferenceGrantsIn', namespace);
}

/** Returns both indexes in which a grant of the reference would be; none within a namespace, which needs no grant. */
export function grantKeys(from: GrantFrom, to: GrantTo): IndexKey[] {
  return from.namespace === to.namespace
    ? []
    : [grantsOf(from, to), grantsOf(from, { ...to, name: undefined })];
}

export function policiesNaming(kind: TargetKind, namespace: string, name: string): IndexKey {
  return indexKey('PoliciesNaming', kind, namespace, name);
}

/**
 * BackendTLSPolicies for a port of a Service, by its name, or of a Backend, by its number; for all ports: `section` is
 * undefined. Who reads these alone does not depend on the content of a policy.
 */
export function backendTlsOf(
  kind: BackendKind,
  namespace: string,
  name: string,
  section: string | undefined,
): IndexKey {
  return indexKey('BackendTLSOf', kind, namespace, name, section ?? '');
}

/** Holds the Backend itself, or nothing: a property of it that changes more seldom than its row. */
export function backendThat(namespace: string, name: string, fact: BackendFact): IndexKey {
  return indexKey('BackendThat', namespace, name, fact);
}

/** Policies that choose objects by labels; `requirement` is `label=value`, `label`, or empty. See {@link selectionKeys}. */
export function policiesSelecting(kind: TargetKind, scope: string, requirement: string): IndexKey {
  return indexKey('PoliciesSelecting', kind, scope, requirement);
}

/** Names the namespaces in which a policy selects objects: its own, or any. */
export function selectorScope(from: 'Same' | 'All' | 'Selector', namespace: string): string {
  return from === 'Same' ? namespace : anywhere;
}

const anywhere = '*';

/** Returns the indexes in which a policy would be that selects an object with these labels. */
export function selectionKeys(kind: TargetKind, namespace: string, labels: LabelPairs): IndexKey[] {
  const pairs = labels.map(([name, value]) => `${name}=${value}`);
  const within = ['', ...labels.map(([name]) => name), ...pairs];
  return [
    ...within.map((requirement) => policiesSelecting(kind, namespace, requirement)),
    ...['', ...pairs].map((requirement) => policiesSelecting(kind, anywhere, requirement)),
  ];
}

export function placesOfPolicy(policy: ResourceKey): IndexKey {
  return indexKey('PlacesOfPolicy', policy);
}

/** Effect of a policy on the Gateway's or listener's policy of the same kind. */
export type OnParent = 'overrides' | 'merges';

/**
 * `AttachedPolicies` rows of routes with a policy of the kind, by the parent and the listeners that they name: the name of
 * one, empty for routes that name none, undefined for all of them. Those of a Gateway have its ListenerSets as well, and
 * the routes of these only under undefined.
 */
export function policiesBelow(
  kind: PolicyKindName,
  parent: ListenerParent,
  listener: string | undefined,
  onParent: OnParent,
): IndexKey {
  return indexKey('PoliciesBelow', kind, onParent, ...parentPath(parent), listener ?? anywhere);
}

/** ListenerSets that name the Gateway as their parent. */
export function listenerSetsOf(namespace: string, gateway: string): IndexKey {
  return indexKey('ListenerSetsOf', namespace, gateway);
}

/** Names the parent of routes whose listeners are meant: a ListenerSet of the Gateway, or the Gateway itself. */
export interface ListenerParent extends ObjectName {
  readonly set?: ObjectName | undefined;
}

export function listenersOfHostname(parent: ListenerParent, hostname: string): IndexKey {
  return indexKey('ListenersOfHostname', ...parentPath(parent), hostname);
}

/** Listeners of the parent whose hostnames a wildcard, or `*`, covers, without those of that hostname itself. */
export function listenersUnder(parent: ListenerParent, wildcard: string): IndexKey {
  return indexKey('ListenersUnderHostname', ...parentPath(parent), wildcard);
}

function parentPath({ namespace, name, set }: ListenerParent): string[] {
  return set === undefined ? [namespace, name] : [namespace, name, set.namespace, set.name];
}

/** The listener of a port that serves exactly this hostname, if there is one: the Gateway's or one of a ListenerSet. */
export function servedListenersAt(
  namespace: string,
  gateway: string,
  port: number,
  hostname: string,
): IndexKey {
  return indexKey('ServedListenersAt', namespace, gateway, String(port), hostname);
}

/** `RoutePlaces` rows of routes below HTTP at a port of a Gateway. */
export function routesAt(namespace: string, gateway: string, { transport, port }: TransportPort): IndexKey {
  return indexKey('RoutesAt', namespace, gateway, transport, String(port));
}

/** Members of {@link routesAt} that serve one server name; `*`: they serve all connections. */
export function routesAtHostname(
  namespace: string,
  gateway: string,
  { transport, port }: TransportPort,
  hostname: string,
): IndexKey {
  return indexKey('RoutesAtHostname', namespace, gateway, transport, String(port), hostname);
}

export function claimsOfHostname(namespace: string, gateway: string, hostname: string): IndexKey {
  return indexKey('ClaimsOfHostname', namespace, gateway, hostname);
}

export function statusKeys(kind: PolicyKindName, { namespace, name }: ObjectName): ReadKey[] {
  const key = resourceKey(kind, namespace, name);
  return [key, placesOfPolicy(key)];
}
