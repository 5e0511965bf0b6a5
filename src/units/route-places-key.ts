import { resourceKey, type ResourceKey } from '../lib/key.ts';

/** Key of the row of a route's places at a Gateway; see `kinds/derived/route-places.ts`. */
export function routePlacesKey(namespace: string, gateway: string, route: ResourceKey): ResourceKey {
  return resourceKey('RoutePlaces', namespace, `${gateway}/${route}`);
}

export function placedRoute(places: ResourceKey): ResourceKey {
  const [, , , ...route] = places.split('/');
  return route.join('/') as ResourceKey;
}
