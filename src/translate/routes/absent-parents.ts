import type { Notice } from '../../kinds/notice.ts';
import { gatewayGroup, type ParentReference } from '../../kinds/gateway-api/parent-ref.ts';
import { resourceKey, splitResourceKey, type ResourceKey } from '../../lib/key.ts';
import type { Reader } from '../reader.ts';

/**
 * Notices the parents of a route that do not exist. No status can say it: each of its entries belongs to the controller
 * of a Gateway. Reads only parents that are not Sluice's, and is silent about those of other controllers.
 */
export function absentParents(
  reader: Reader,
  route: ResourceKey,
  refs: readonly ParentReference[],
  own: ReadonlySet<number>,
): Notice[] {
  const { namespace: home } = splitResourceKey(route);
  const others = [...refs.entries()].filter(
    ([position, { group, unreadable }]) =>
      group === gatewayGroup && unreadable === undefined && !own.has(position),
  );
  if (others.length === 0) return [];
  reader.expect(
    others.map(([, { kind, namespace = home, name }]) =>
      resourceKey(kind === 'ListenerSet' ? kind : 'Gateway', namespace, name),
    ),
  );
  return others.flatMap(([position, { kind, namespace = home, name }]) => {
    if (kind !== 'Gateway' && kind !== 'ListenerSet') return [];
    if (reader.row(kind, namespace, name) !== undefined) return [];
    const message = `spec.parentRefs[${position}].name: ${kind} ${namespace}/${name} does not exist, so no request reaches this route by it`;
    return [{ object: route, reason: 'NoSuchParent', message }];
  });
}
