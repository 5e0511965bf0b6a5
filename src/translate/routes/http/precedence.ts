import type { PathMatchIR, RouteMatchIR } from '../../ir.ts';
import { compareText } from '../../attach/compare-text.ts';

/** One match of one rule of one route, with what decides its place. */
export interface RankedMatch {
  readonly match: RouteMatchIR;
  readonly creationTimestamp: string;
  /** `namespace/name` of the route. */
  readonly route: string;
  readonly rule: number;
  readonly position: number;
}

/**
 * Below 0 when `a` takes precedence: path (exact, regular expression, longest prefix), method, number of headers,
 * number of query parameters; then the oldest route, its name, and the order within it.
 * https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule. The place of regular expressions is not in the
 * specification; it is Envoy Gateway's.
 */
export function comparePrecedence(a: RankedMatch, b: RankedMatch): number {
  return (
    pathRank[a.match.path.kind] - pathRank[b.match.path.kind] ||
    b.match.path.value.length - a.match.path.value.length ||
    Number(b.match.method !== undefined) - Number(a.match.method !== undefined) ||
    b.match.headers.length - a.match.headers.length ||
    b.match.queryParams.length - a.match.queryParams.length ||
    compareText(a.creationTimestamp, b.creationTimestamp) ||
    compareText(a.route, b.route) ||
    a.rule - b.rule ||
    a.position - b.position
  );
}

const pathRank: Record<PathMatchIR['kind'], number> = { Exact: 0, RegularExpression: 1, PathPrefix: 2 };
