import type { ParentSection } from '../../../kinds/derived/attached-policies.ts';
import type { GatewayRow } from '../../../kinds/gateway-api/gateway.ts';
import type { ListenerSetRow } from '../../../kinds/gateway-api/listener-set.ts';
import { backendsOf } from '../../../kinds/gateway-api/route-backends.ts';
import { splitResourceKey, type ResourceKey } from '../../../lib/key.ts';
import { effectiveListenerSetKey } from '../../../units/listener-rows.ts';
import { parentsAt } from '../../attach/listener-set-parents.ts';
import type { OurGateway } from '../../attach/ownership.ts';
import { readRoute } from '../../attach/read-route.ts';
import { objectsOf } from '../../backends/backend-ref.ts';
import type { Reader } from '../../reader.ts';
import { backendTarget, listenersTarget, routeTarget, type TargetObject } from './target-object.ts';

/** An object at a Gateway, with the backends that policies target where it uses them. */
export interface PolicyPlace {
  readonly objects: readonly TargetObject[];
  readonly parents: readonly ParentSection[];
  /** See `AttachedPoliciesRow`. */
  readonly isAnswered?: true | undefined;
}

/** Returns undefined for a route that does not reach the Gateway, and for a ListenerSet that it does not allow. */
export function policyPlace(
  reader: Reader,
  gateway: OurGateway,
  target: ResourceKey,
): PolicyPlace | undefined {
  const { kind, namespace, name } = splitResourceKey(target);
  if (kind === 'Gateway') {
    const own = reader.row('Gateway', namespace, name);
    return own && { objects: withServers(listenersTarget(kind, namespace, name, own), own), parents: [] };
  }
  if (kind === 'ListenerSet') {
    reader.expect([effectiveListenerSetKey(gateway.namespace, gateway.name, { namespace, name })]);
    const own = reader.row('ListenerSet', namespace, name);
    const allowed = reader.row(
      'EffectiveListenerSet',
      gateway.namespace,
      `${gateway.name}/${namespace}/${name}`,
    );
    if (own === undefined || allowed === undefined) return undefined;
    return { objects: withServers(listenersTarget(kind, namespace, name, own), own), parents: [] };
  }
  const route = readRoute(reader, target);
  const refs = route === undefined ? [] : parentsAt(reader, gateway, target, route.row.spec.parentRefs);
  if (route === undefined || refs.length === 0) return undefined;
  const backends = objectsOf(namespace, backendsOf(route.row.spec.rules)).map((backend) =>
    backendTarget(backend),
  );
  return {
    objects: [routeTarget(route.kind, namespace, name, route.row), ...backends],
    parents: refs.map(({ set, sectionName, port }) => ({ set, sectionName, port })),
    isAnswered: route.row.spec.rules.some(({ backendRefs }) => backendRefs.length === 0) || undefined,
  };
}

/** Adds the backends that filters of its listeners call. */
function withServers(target: TargetObject, { spec }: GatewayRow | ListenerSetRow): TargetObject[] {
  const filters = spec.listeners.flatMap((listener) => listener.filters?.requests ?? []);
  const refs = filters.map(({ externalAuth }) => externalAuth.backendRef);
  return [target, ...objectsOf(target.namespace, refs).map((backend) => backendTarget(backend))];
}
