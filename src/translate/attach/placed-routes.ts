import type { RoutePlacesRow } from '../../kinds/derived/route-places.ts';
import type { IndexKey, ResourceKey } from '../../lib/key.ts';
import { placedRoute } from '../../units/route-places-key.ts';
import type { Reader } from '../reader.ts';

export interface PlacedRoute extends RoutePlacesRow {
  readonly route: ResourceKey;
}

/** Reads the places of all routes in an index. Costs O(those routes). */
export function placedRoutes(reader: Reader, index: IndexKey): PlacedRoute[] {
  reader.expect([index]);
  const keys = reader.index(index);
  reader.expect(keys);
  return keys.flatMap((key) => {
    const [, namespace = '', ...name] = key.split('/');
    const row = reader.row('RoutePlaces', namespace, name.join('/'));
    return row === undefined ? [] : [{ ...row, route: placedRoute(key) }];
  });
}
