import { indexKey, type IndexKey } from '../lib/key.ts';

/**
 * Every index that translation may read. A row states its memberships at the door (`Row.indexes`), so an index can
 * never be forgotten when a row changes.
 */

/** HTTPRoutes with a parentRef to the Gateway and this hostname, exactly as written; `*` for routes without hostnames. */
export function routesOfHost(gatewayNamespace: string, gateway: string, hostname: string): IndexKey {
  return indexKey('HTTPRoutesOfHost', gatewayNamespace, gateway, hostname);
}

export function slicesOfService(namespace: string, service: string): IndexKey {
  return indexKey('EndpointSlicesOfService', namespace, service);
}

/** ReferenceGrants that live in the namespace, which is that of the objects referred to. */
export function grantsInNamespace(namespace: string): IndexKey {
  return indexKey('ReferenceGrantsInNamespace', namespace);
}
