import { resourceKey, type ReadKey, type ResourceKey, type UnitName } from '../../lib/key.ts';
import { attachedPoliciesKeys } from '../../units/attached-policies-key.ts';
import { ourGatewayKey } from '../../units/listener-rows.ts';
import { listenerSetRouteKey } from '../../units/listener-set-rows.ts';
import { objectUnit, unitName } from '../../units/unit.ts';
import type { ObjectName } from '../../units/unit-def.ts';
import { routeListenerKeys } from '../derived/route-listeners.ts';
import { backendReferenceKeys } from '../backend-kind.ts';
import { policiesNaming, selectionKeys } from '../indexes.ts';
import type { Links } from '../json-row.ts';
import { isBytesRouteKind, type RouteKind } from '../route-kind.ts';
import type { LabelPairs } from '../shape/shape.ts';
import { gatewayGroup, type ParentReference } from './parent-ref.ts';
import { backendsOf, extensionsOf } from './route-backends.ts';

/** A route of any kind, as far as its links go. */
interface LinkedRoute {
  readonly metadata: { readonly labels: LabelPairs };
  readonly spec: {
    readonly parentRefs: readonly ParentReference[];
    readonly hostnames: readonly string[];
    readonly rules: Parameters<typeof backendsOf>[0];
  };
}

/**
 * Returns the links of a route: a unit that reports on it, units at each Gateway that it names, and one for each
 * ListenerSet, whose row names those at its Gateway. O(parents + backends + filters).
 */
export function routeLinks(
  kind: RouteKind,
  { metadata, spec }: LinkedRoute,
  namespace: string,
  name: string,
): Links {
  const route = resourceKey(kind, namespace, name);
  const follow: ReadKey[] = [
    resourceKey('Namespace', '', namespace),
    policiesNaming(kind, namespace, name),
    ...selectionKeys(kind, namespace, metadata.labels),
  ];
  const units = [objectUnit(route)];
  for (const parent of spec.parentRefs) {
    if (parent.group !== gatewayGroup) continue;
    const object = { namespace: parent.namespace ?? namespace, name: parent.name };
    if (parent.kind === 'ListenerSet') {
      follow.push(listenerSetRouteKey(object, route));
      units.push(unitName({ kind: 'ListenerSetRoute', ...object, route }));
    }
    if (parent.kind !== 'Gateway') continue;
    const gateway = object;
    follow.push(
      ourGatewayKey(gateway.namespace, gateway.name),
      ...routeListenerKeys(gateway, [parent], spec.hostnames),
      ...attachedPoliciesKeys(gateway, route),
    );
    units.push(...unitsAt(kind, gateway, route));
  }
  for (const filter of extensionsOf(spec.rules))
    follow.push(resourceKey('HTTPRouteFilter', namespace, filter));
  const from = { id: `${gatewayGroup}/${kind}`, namespace };
  for (const reference of backendsOf(spec.rules)) follow.push(...backendReferenceKeys(from, reference));
  return { indexes: [], units, follow };
}

/** Names the units of a route at a Gateway. */
export function unitsAt(kind: RouteKind, gateway: ObjectName, route: ResourceKey): UnitName[] {
  return [
    unitName({ kind: 'AttachedPolicies', ...gateway, target: route }),
    unitName({ kind: isBytesRouteKind(kind) ? 'RoutePlaces' : 'AttachedRoute', ...gateway, route }),
  ];
}
