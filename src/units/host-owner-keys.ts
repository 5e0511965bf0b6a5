import { resourceKey, type ResourceKey } from '../lib/key.ts';

/* Keys of the rows that decide to which namespace a hostname belongs; see `kinds/derived/host-owner.ts`. */

export function hostClaimKey(namespace: string, gateway: string, route: ResourceKey): ResourceKey {
  return resourceKey('HostClaim', namespace, `${gateway}/${route}`);
}

export function claimingRoute(claim: ResourceKey): ResourceKey {
  const [, , , ...route] = claim.split('/');
  return route.join('/') as ResourceKey;
}

export function hostOwnerKey(namespace: string, gateway: string, hostname: string): ResourceKey {
  return resourceKey('HostOwner', namespace, `${gateway}/${hostname}`);
}
