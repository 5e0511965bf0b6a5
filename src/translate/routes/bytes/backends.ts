import type { BackendReference } from '../../../kinds/gateway-api/backend-rule.ts';
import { backendsOf } from '../../../kinds/gateway-api/route-backends.ts';
import { gatewayGroup } from '../../../kinds/gateway-api/parent-ref.ts';
import { attachedPoliciesKeys } from '../../../units/attached-policies-key.ts';
import type { OurGateway } from '../../attach/ownership.ts';
import { readAttached } from '../../policies/attachment/in-force.ts';
import { bytesSecurity } from '../../policies/security/bytes.ts';
import { routeSettings } from '../../policies/traffic/route-settings.ts';
import { ruleTraffic, type Traffic } from '../../policies/traffic/rule-traffic.ts';
import type { Deciding } from './deciding-route.ts';
import { isBytesRouteKind, type BytesRouteKind } from '../../../kinds/route-kind.ts';
import { readRoute } from '../../attach/read-route.ts';
import { backendKeys, resolveBackend, type BackendPlace } from '../../backends/backend-ref.ts';
import type { Reader } from '../../reader.ts';
import { withFallbacks, type FallbackBackend } from '../fallbacks.ts';
import type { RouteProblem } from '../problem.ts';

/** Backends of the route that serves a place, as the policies in force there treat them. */
export interface ServedBackends {
  readonly backends: readonly FallbackBackend[];
  /** Undefined: the defaults. */
  readonly traffic: Traffic | undefined;
}

export interface ResolvedBackends {
  readonly backends: readonly FallbackBackend[];
  readonly problems: readonly RouteProblem[];
}

/**
 * Returns the backends that get a share, of the one rule that such a route has. None of a route with other SecurityPolicies
 * than those that the caller keeps for it, or with a BackendTrafficPolicy that has a fault.
 */
export function readBackends(
  reader: Reader,
  gateway: OurGateway,
  { first }: Deciding,
  place: BackendPlace,
  policy?: string,
): ServedBackends {
  const found = first && readRoute(reader, first.route);
  if (first === undefined || found === undefined || !isBytesRouteKind(found.kind)) return none;
  const { kind, namespace, row } = found;
  const { listener } = first;
  const sets = listener.set === undefined ? [] : [listener.set];
  reader.expect([
    ...attachedPoliciesKeys(gateway, first.route, sets),
    ...backendKeys({ id: `${gatewayGroup}/${kind}`, namespace }, backendsOf(row.spec.rules)),
  ]);
  const [rule] = row.spec.rules;
  const attached = readAttached(reader, gateway, first.route, sets);
  if (attached.isUnknown || bytesSecurity(reader, attached, listener, rule?.name)?.policy !== policy)
    return none;
  const traffic = ruleTraffic(reader, attached, listener, rule?.name);
  if (traffic === 'invalid') return none;
  // They are for requests, whatever their port, but a policy with a fault is not in force in part.
  const name = { kind, namespace, name: found.name, rule: rule?.name };
  if (traffic !== undefined && routeSettings(reader, traffic, name, anyPort) === undefined) return none;
  const from = { ...place, kind, namespace, isPassthrough: listener.isPassthrough };
  const { backends } = resolveBackends(reader, from, rule?.backendRefs ?? [], 'rules[0]');
  const given = backends.filter(({ weight }) => weight > 0);
  // Endpoints of a UDP port share its traffic by weight alone.
  return { backends: kind === 'UDPRoute' ? given : withFallbacks(namespace, given), traffic };
}

const anyPort = 80;

const none: ServedBackends = { backends: [], traffic: undefined };

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
    const { weight } = ref;
    if (found.kind === 'cluster') return { cluster: found.name, weight, isFallback: found.isFallback };
    problems.push(found.problem);
    return { cluster: undefined, weight };
  });
  return { backends, problems };
}
