import { indexKey, type IndexKey } from '../lib/key.ts';

/**
 * Every index that translation may read. A row states its memberships at the door (`Row.indexes`), so an index can
 * never be forgotten when a row changes.
 */

export function slicesOfService(namespace: string, service: string): IndexKey {
  return indexKey('EndpointSlicesOfService', namespace, service);
}

/** ReferenceGrants that live in the namespace, which is that of the objects referred to. */
export function grantsInNamespace(namespace: string): IndexKey {
  return indexKey('ReferenceGrantsInNamespace', namespace);
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
