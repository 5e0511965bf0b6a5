import { indexKey, resourceKey, type IndexKey, type ReadKey, type ResourceKey } from '../lib/key.ts';
import type { ObjectName } from '../units/unit-def.ts';
import type { LabelPairs } from './shape/shape.ts';
import type { PolicyKindName, TargetKind } from './target-kind.ts';

/**
 * Every index that translation may read. A row states its memberships at the door (`Row.indexes`), so an index can
 * never be forgotten when a row changes.
 */

export function slicesOfService(namespace: string, service: string): IndexKey {
  return indexKey('EndpointSlicesOfService', namespace, service);
}

/** Objects of a kind (`group/kind`) and namespace, that refer to others. */
export interface GrantFrom {
  readonly id: string;
  readonly namespace: string;
}

/** An object that is referred to; without a name all objects of the kind. */
export interface GrantTo {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string | undefined;
}

/**
 * ReferenceGrants that permit exactly this reference. A row has one for each pair of its entries, so a reader asks for what
 * it needs, however many grants the namespace has.
 */
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

/** ReferenceGrants of the namespace with parts that cannot be read, and so permit nothing. */
export function unreadableGrantsIn(namespace: string): IndexKey {
  return indexKey('UnreadableReferenceGrantsIn', namespace);
}

/** Both indexes in which a grant of the reference would be; none within a namespace, where no grant is needed. */
export function grantKeys(from: GrantFrom, to: GrantTo): IndexKey[] {
  return from.namespace === to.namespace
    ? []
    : [grantsOf(from, to), grantsOf(from, { ...to, name: undefined })];
}

/** Policies of any kind that name the object as their target. */
export function policiesNaming(kind: TargetKind, namespace: string, name: string): IndexKey {
  return indexKey('PoliciesNaming', kind, namespace, name);
}

/** Policies that choose objects by labels; `requirement` is `label=value`, `label`, or nothing. See {@link selectionKeys}. */
export function policiesSelecting(kind: TargetKind, scope: string, requirement: string): IndexKey {
  return indexKey('PoliciesSelecting', kind, scope, requirement);
}

/** Names the namespaces in which a policy selects objects: its own, or any. */
export function selectorScope(from: 'Same' | 'All' | 'Selector', namespace: string): string {
  return from === 'Same' ? namespace : anywhere;
}

const anywhere = '*';

/** The indexes in which a policy would be that selects an object with these labels. */
export function selectionKeys(kind: TargetKind, namespace: string, labels: LabelPairs): IndexKey[] {
  const pairs = labels.map(([name, value]) => `${name}=${value}`);
  const within = ['', ...labels.map(([name]) => name), ...pairs];
  return [
    ...within.map((requirement) => policiesSelecting(kind, namespace, requirement)),
    ...['', ...pairs].map((requirement) => policiesSelecting(kind, anywhere, requirement)),
  ];
}

/** `AttachedPolicies` rows that mention the policy. */
export function placesOfPolicy(policy: ResourceKey): IndexKey {
  return indexKey('PlacesOfPolicy', policy);
}

/** Effect of a policy of a route on the one of the same kind that its Gateway or listener has. */
export type OnParent = 'overrides' | 'merges';

/**
 * `AttachedPolicies` rows of routes with a policy of the kind, at a Gateway (`namespace/name`) and by the listeners that they
 * name: `listener` is the name of one, nothing for routes that name none, and undefined for all of them.
 */
export function policiesBelow(
  kind: PolicyKindName,
  gateway: string,
  listener: string | undefined,
  onParent: OnParent,
): IndexKey {
  return indexKey('PoliciesBelow', kind, gateway, onParent, listener ?? anywhere);
}

/** Listeners of a Gateway with this very hostname, `*` for none, on whichever port. */
export function listenersOfHostname(namespace: string, gateway: string, hostname: string): IndexKey {
  return indexKey('ListenersOfHostname', namespace, gateway, hostname);
}

/** Listeners of a Gateway whose hostnames a wildcard, or `*`, covers without being the same. */
export function listenersUnder(namespace: string, gateway: string, wildcard: string): IndexKey {
  return indexKey('ListenersUnderHostname', namespace, gateway, wildcard);
}

/** The listener of a port that serves this very hostname, if there is one. */
export function servedListenersAt(
  namespace: string,
  gateway: string,
  port: number,
  hostname: string,
): IndexKey {
  return indexKey('ServedListenersAt', namespace, gateway, String(port), hostname);
}

/** `HostClaim` rows, at the Gateway, of routes that name this very hostname. */
export function claimsOfHostname(namespace: string, gateway: string, hostname: string): IndexKey {
  return indexKey('ClaimsOfHostname', namespace, gateway, hostname);
}

/** Keys that the status of a policy reads first. */
export function statusKeys(kind: PolicyKindName, { namespace, name }: ObjectName): ReadKey[] {
  const key = resourceKey(kind, namespace, name);
  return [key, placesOfPolicy(key)];
}
