import { indexKey, resourceKey, type IndexKey, type ReadKey, type ResourceKey } from '../lib/key.ts';
import type { ObjectName } from '../units/unit-def.ts';
import type { LabelPairs } from './shape/shape.ts';
import type { PolicyKindName, TargetKind } from './target-kind.ts';

/**
 * Keys of every index that translation can read. A row lists its memberships when it is made (`Row.indexes`), so a change
 * of a row cannot miss an index.
 */

export function slicesOfService(namespace: string, service: string): IndexKey {
  return indexKey('EndpointSlicesOfService', namespace, service);
}

/** Objects of one kind (`group/kind`) and namespace that refer to others. */
export interface GrantFrom {
  readonly id: string;
  readonly namespace: string;
}

/** The object that is referred to; without a name all of the kind. */
export interface GrantTo {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string | undefined;
}

/**
 * ReferenceGrants that permit exactly this reference. A row is a member for each pair of its entries, so a reader's cost
 * does not depend on how many grants the namespace has.
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

/** Policies of any kind that name the object as their target. */
export function policiesNaming(kind: TargetKind, namespace: string, name: string): IndexKey {
  return indexKey('PoliciesNaming', kind, namespace, name);
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

/** `AttachedPolicies` rows that mention the policy. */
export function placesOfPolicy(policy: ResourceKey): IndexKey {
  return indexKey('PlacesOfPolicy', policy);
}

/** Effect of a route's policy on the Gateway's or listener's policy of the same kind. */
export type OnParent = 'overrides' | 'merges';

/**
 * `AttachedPolicies` rows of routes with a policy of the kind, at a Gateway (`namespace/name`), by the listeners that they
 * name: the name of one, empty for routes that name none, undefined for all of them.
 */
export function policiesBelow(
  kind: PolicyKindName,
  gateway: string,
  listener: string | undefined,
  onParent: OnParent,
): IndexKey {
  return indexKey('PoliciesBelow', kind, gateway, onParent, listener ?? anywhere);
}

/** Listeners of a Gateway with exactly this hostname, `*` for none, on any port. */
export function listenersOfHostname(namespace: string, gateway: string, hostname: string): IndexKey {
  return indexKey('ListenersOfHostname', namespace, gateway, hostname);
}

/** Listeners of a Gateway whose hostnames a wildcard, or `*`, covers, without those of that hostname itself. */
export function listenersUnder(namespace: string, gateway: string, wildcard: string): IndexKey {
  return indexKey('ListenersUnderHostname', namespace, gateway, wildcard);
}

/** The listener of a port that serves exactly this hostname, if there is one. */
export function servedListenersAt(
  namespace: string,
  gateway: string,
  port: number,
  hostname: string,
): IndexKey {
  return indexKey('ServedListenersAt', namespace, gateway, String(port), hostname);
}

/** `HostClaim` rows, at the Gateway, of routes that name exactly this hostname. */
export function claimsOfHostname(namespace: string, gateway: string, hostname: string): IndexKey {
  return indexKey('ClaimsOfHostname', namespace, gateway, hostname);
}

/** Returns the keys that the status of a policy reads first. */
export function statusKeys(kind: PolicyKindName, { namespace, name }: ObjectName): ReadKey[] {
  const key = resourceKey(kind, namespace, name);
  return [key, placesOfPolicy(key)];
}
