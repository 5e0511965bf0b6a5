import type { GRPCRouteMatch, GRPCRouteRow } from '../../../kinds/gateway-api/grpc-route.ts';
import { anyPlace, type BackendPlace } from '../../backends/backend-ref.ts';
import type { Reader } from '../../reader.ts';
import { translateRules, type RuleKind, type RuleResult } from '../http/route-rule.ts';
import { translateGRPCMatch } from './match.ts';

export function translateGRPCRules(
  reader: Reader,
  namespace: string,
  { metadata, spec }: GRPCRouteRow,
  place: BackendPlace = anyPlace,
): RuleResult[] {
  const rules = spec.rules.map((rule) => ({ ...rule, timeouts: noTimeout, retry: undefined }));
  return translateRules(reader, grpcRules, { ...place, namespace }, metadata, rules);
}

/** Envoy would end each call after 15 s. Callers say how long they wait, and a stream may live for days. */
const noTimeout = { request: 0 } as const;

const grpcRules: RuleKind<GRPCRouteMatch> = {
  kind: 'GRPCRoute',
  translateMatch: translateGRPCMatch,
  protocol: 'http2',
  failureStatus: 503,
};
