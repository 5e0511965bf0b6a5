import type { RowTypes } from '../../../kinds/kinds.ts';
import type { BackendPlace } from '../../backends/backend-ref.ts';
import type { Reader } from '../../reader.ts';
import { translateGRPCRules } from '../grpc/rules.ts';
import { translateHTTPRules, type RuleResult } from './route-rule.ts';

type Rules<Row> = (reader: Reader, namespace: string, row: Row, place?: BackendPlace) => RuleResult[];

/** Kinds of routes whose requests Envoy matches as HTTP. */
export type HTTPKind = 'HTTPRoute' | 'GRPCRoute';

const byKind: { readonly [K in HTTPKind]: Rules<RowTypes[K]> } = {
  HTTPRoute: translateHTTPRules,
  GRPCRoute: translateGRPCRules,
};

export function isHTTPKind(kind: string): kind is HTTPKind {
  return Object.hasOwn(byKind, kind);
}

/** `place` changes which Clusters are used, and no problem. */
export function rulesOfKind<K extends HTTPKind>(
  reader: Reader,
  kind: K,
  namespace: string,
  row: RowTypes[K],
  place?: BackendPlace,
): RuleResult[] {
  return byKind[kind](reader, namespace, row, place);
}
