import type { BackendReference } from '../../../kinds/gateway-api/backend-rule.ts';
import { backendsOf } from '../../../kinds/gateway-api/route-backends.ts';
import { gatewayGroup } from '../../../kinds/gateway-api/parent-ref.ts';
import { attachedPoliciesKeys } from '../../../units/attached-policies-key.ts';
import type { OurGateway } from '../../attach/ownership.ts';
import { readAttached } from '../../policies/attachment/in-force.ts';
import { isClosed } from '../../policies/unsupported/closed.ts';
import type { Deciding } from './deciding-route.ts';
import { isBytesRouteKind, type BytesRouteKind } from '../../../kinds/route-kind.ts';
import { readRoute } from '../../attach/read-route.ts';
import { backendKeys, resolveBackend, type BackendPlace } from '../../backends/backend-ref.ts';
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

/**
 * Returns the backends that get a share, of the one rule that such a route has. None of a route that a policy closes, which
 * Sluice does not support.
 */
export function readBackends(
  reader: Reader,
  gateway: OurGateway,
  { first }: Deciding,
  place: BackendPlace,
): readonly ResolvedBackend[] {
  const found = first && readRoute(reader, first.route);
  if (first === undefined || found === undefined || !isBytesRouteKind(found.kind)) return [];
  const { kind, namespace, row } = found;
  reader.expect([
    ...attachedPoliciesKeys(gateway, first.route),
    ...backendKeys({ id: `${gatewayGroup}/${kind}`, namespace }, backendsOf(row.spec.rules)),
  ]);
  const { listener } = first;
  const [rule] = row.spec.rules;
  if (isClosed(readAttached(reader, gateway, first.route), listener.name, rule?.name)) return [];
  const from = { ...place, kind, namespace, isPassthrough: listener.isPassthrough };
  const { backends } = resolveBackends(reader, from, rule?.backendRefs ?? [], 'rules[0]');
  return backends.filter(({ weight }) => weight > 0);
}

interface From extends BackendPlace {
  readonly kind: BytesRouteKind;
  readonly namespace: string;
  /** True: the client speaks TLS to the backend, so Envoy must not. */
  readonly isPassthrough: boolean;
}

export function resolveBackends(
  reader: Reader,
  { kind, ...of }: From,
  refs: readonly BackendReference[],
  path: string,
): ResolvedBackends {
  const problems: RouteProblem[] = [];
  const protocol = kind === 'UDPRoute' ? 'udp' : 'tcp';
  const from = { ...of, id: `${gatewayGroup}/${kind}`, protocol } as const;
  const backends = refs.map((ref, i) => {
    const found = resolveBackend(reader, from, ref, `${path}.backendRefs[${i}]`);
    if (found.kind === 'cluster') return { cluster: found.name, weight: ref.weight };
    problems.push(found.problem);
    return { cluster: undefined, weight: ref.weight };
  });
  return { backends, problems };
}
