import type { RowTypes } from '../../kinds/kinds.ts';
import { isRouteKind, type RouteKind } from '../../kinds/route-kind.ts';
import { splitResourceKey, type ResourceKey } from '../../lib/key.ts';
import type { Reader } from '../reader.ts';

/** Row of a route of any kind. */
export type RouteRow = RowTypes[RouteKind];

export function readRoute(
  reader: Reader,
  key: ResourceKey,
):
  | { readonly kind: RouteKind; readonly namespace: string; readonly name: string; readonly row: RouteRow }
  | undefined {
  const { kind, namespace, name } = splitResourceKey(key);
  const row = isRouteKind(kind) ? reader.row(kind, namespace, name) : undefined;
  return isRouteKind(kind) && row !== undefined ? { kind, namespace, name, row } : undefined;
}
