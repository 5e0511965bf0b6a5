import { parentGateway } from '../../kinds/gateway-api/listener-set.ts';
import { gatewayGroup, type ParentReference } from '../../kinds/gateway-api/parent-ref.ts';
import { unitsAt } from '../../kinds/gateway-api/route-links.ts';
import { isRouteKind } from '../../kinds/route-kind.ts';
import { encodeJson } from '../../kinds/json-row.ts';
import type { DerivedRow } from '../../kinds/row.ts';
import { splitResourceKey, type ResourceKey } from '../../lib/key.ts';
import { attachedPoliciesKeys } from '../../units/attached-policies-key.ts';
import { ourGatewayKey } from '../../units/listener-rows.ts';
import { listenerSetGatewayKey, listenerSetRouteKey } from '../../units/listener-set-rows.ts';
import type { ObjectName } from '../../units/unit-def.ts';
import type { Reader } from '../reader.ts';

/** Makes the row of a ListenerSet's Gateway. */
export function listenerSetGateway(reader: Reader, { namespace, name }: ObjectName): DerivedRow[] {
  const row = reader.row('ListenerSet', namespace, name);
  const gateway = row && parentGateway(row, namespace);
  if (gateway === undefined) return [];
  const follow = [ourGatewayKey(gateway.namespace, gateway.name)];
  return [
    { key: listenerSetGatewayKey({ namespace, name }), bytes: encodeJson(gateway), indexes: [], follow },
  ];
}

/** Makes the row of the Gateway that a route reaches by a ListenerSet, which names the route's units there. */
export function listenerSetRoute(
  reader: Reader,
  { namespace, name, route }: ObjectName & { readonly route: ResourceKey },
): DerivedRow[] {
  const gateway = reader.row('ListenerSetGateway', namespace, name);
  const { kind } = splitResourceKey(route);
  if (gateway === undefined || !isRouteKind(kind)) return [];
  return [
    {
      key: listenerSetRouteKey({ namespace, name }, route),
      bytes: encodeJson(gateway),
      indexes: [],
      units: unitsAt(kind, gateway, route),
      follow: [
        ourGatewayKey(gateway.namespace, gateway.name),
        ...attachedPoliciesKeys(gateway, route, [{ namespace, name }]),
      ],
    },
  ];
}

/** A reference of a route that leads to a Gateway. */
export interface RouteParent {
  readonly ref: ParentAt;
  readonly position: number;
  readonly gateway: ObjectName;
}

/** A reference with the ListenerSet that it names; without one it names the Gateway itself. */
export type ParentAt = ParentReference & { readonly set?: ObjectName | undefined };

/** Returns the references that lead to a Gateway: directly, or by a ListenerSet that exists. O(references). */
export function routeParents(
  reader: Reader,
  route: ResourceKey,
  refs: readonly ParentReference[],
): RouteParent[] {
  const { namespace: home } = splitResourceKey(route);
  const named = [...refs.entries()].filter(([, { group }]) => group === gatewayGroup);
  const nameOf = ({ namespace = home, name }: ParentReference): ObjectName => ({ namespace, name });
  const ofSets = named.filter(([, { kind }]) => kind === 'ListenerSet');
  if (ofSets.length > 0) reader.expect(ofSets.map(([, ref]) => listenerSetRouteKey(nameOf(ref), route)));
  return named.flatMap(([position, ref]) => {
    const object = nameOf(ref);
    if (ref.kind === 'Gateway') return [{ ref, position, gateway: object }];
    if (ref.kind !== 'ListenerSet') return [];
    const gateway = reader.row('ListenerSetRoute', object.namespace, `${object.name}/${route}`);
    return gateway === undefined ? [] : [{ ref: { ...ref, set: object }, position, gateway }];
  });
}

/** Returns the route's references that lead to this Gateway. */
export function parentsAt(
  reader: Reader,
  { namespace, name }: ObjectName,
  route: ResourceKey,
  refs: readonly ParentReference[],
): ParentAt[] {
  return routeParents(reader, route, refs)
    .filter(({ gateway }) => gateway.namespace === namespace && gateway.name === name)
    .map(({ ref }) => ref);
}

/** Returns the ListenerSets that references name, each once. */
export function setsOf(refs: readonly ParentAt[]): ObjectName[] {
  const sets = refs.flatMap(({ set }) => set ?? []);
  return [...new Map(sets.map((set) => [`${set.namespace}/${set.name}`, set])).values()];
}
