import { indexKey, type IndexKey } from '../lib/key.ts';

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

/** HTTPRoutes of the namespace, for what chooses them by their labels. */
export function routesIn(namespace: string): IndexKey {
  return indexKey('HTTPRoutesInNamespace', namespace);
}

/** Gateways of the namespace, likewise. */
export function gatewaysIn(namespace: string): IndexKey {
  return indexKey('GatewaysInNamespace', namespace);
}

/** EnvoyExtensionPolicies that name the object as their target. */
export function policiesOf(kind: string, namespace: string, name: string): IndexKey {
  return indexKey('ExtensionPoliciesOf', kind, namespace, name);
}

/** EnvoyExtensionPolicies of the namespace that choose targets by labels. */
export function selectorsIn(namespace: string): IndexKey {
  return indexKey('ExtensionPoliciesSelectingIn', namespace);
}
