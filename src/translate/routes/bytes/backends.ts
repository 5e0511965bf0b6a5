import type { BackendReference } from '../../../kinds/gateway-api/backend-rule.ts';
import { backendsOf } from '../../../kinds/gateway-api/route-backends.ts';
import { gatewayGroup } from '../../../kinds/gateway-api/parent-ref.ts';
import type { ResourceKey } from '../../../lib/key.ts';
import { isBytesRouteKind, type BytesRouteKind } from '../../../kinds/route-kind.ts';
import type { RoutingType } from '../../../units/cluster-name.ts';
import { readRoute } from '../../attach/read-route.ts';
import { backendKeys, resolveBackend } from '../../backends/backend-ref.ts';
import type { Reader } from '../../reader.ts';
import type { RouteProblem } from '../problem.ts';

/** A backend of a route below HTTP. */
export interface ResolvedBackend {
  /** Undefined: invalid. */
  readonly cluster: string | undefined;
  readonly weight: number;
}

export interface ResolvedBackends {
  readonly backends: readonly ResolvedBackend[];
  readonly problems: readonly RouteProblem[];
}

/** Returns the backends that get a share, of the one rule that such a route has. */
export function readBackends(
  reader: Reader,
  route: ResourceKey | undefined,
  routingType: RoutingType,
): readonly ResolvedBackend[] {
  const found = route === undefined ? undefined : readRoute(reader, route);
  if (found === undefined || !isBytesRouteKind(found.kind)) return [];
  const { kind, namespace, row } = found;
  reader.expect(backendKeys({ id: `${gatewayGroup}/${kind}`, namespace }, backendsOf(row.spec.rules)));
  const { backends } = resolveBackends(
    reader,
    kind,
    namespace,
    row.spec.rules[0]?.backendRefs ?? [],
    routingType,
  );
  return backends.filter(({ weight }) => weight > 0);
}

export function resolveBackends(
  reader: Reader,
  kind: BytesRouteKind,
  namespace: string,
  refs: readonly BackendReference[],
  routingType: RoutingType,
  path = 'rules[0]',
): ResolvedBackends {
  const problems: RouteProblem[] = [];
  const id = `${gatewayGroup}/${kind}` as const;
  const protocol = kind === 'UDPRoute' ? 'udp' : 'tcp';
  const backends = refs.map((ref, i) => {
    const found = resolveBackend(
      reader,
      { id, namespace, routingType, protocol },
      ref,
      `${path}.backendRefs[${i}]`,
    );
    if (found.kind === 'cluster') return { cluster: found.name, weight: ref.weight };
    problems.push(found.problem);
    return { cluster: undefined, weight: ref.weight };
  });
  return { backends, problems };
}
