import type { RouteMatchIR } from '../../ir.ts';

/** A match of a rule of a route, with what decides its place. */
export interface RankedMatch {
  readonly match: RouteMatchIR;
  readonly creationTimestamp: string;
  readonly route: string;
  readonly kind: string;
  readonly rule: number;
  readonly position: number;
}

/**
 * Returns a text that sorts by code unit in order of precedence: path (exact, regular expression, longest prefix), method,
 * number of headers, number of query parameters; then the oldest route, its name, and the order within it.
 * https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule leaves the place of regular expressions open; this one is
 * Envoy Gateway's. Three parts, see `RouteEntry.order`. A space ends each text, as it sorts before every character of a
 * text.
 */
export function precedence({ match, creationTimestamp, route, kind, rule, position }: RankedMatch): string {
  const { path, method, headers, queryParams } = match;
  const rank = [
    pathRank[path.kind],
    descending(path.value.length),
    method === undefined ? 1 : 0,
    descending(headers.length),
    descending(queryParams.length),
  ].join('');
  return `${rank} ${creationTimestamp} ${route} ${kind} ${ascending(rule)}${ascending(position)}`;
}

const pathRank: Record<RouteMatchIR['path']['kind'], number> = {
  Exact: 0,
  RegularExpression: 1,
  PathPrefix: 2,
};

/** Writes five digits: a path has at most 1,024 characters, and a route at most 16 rules with 64 matches each. */
function ascending(count: number): string {
  return String(Math.min(count, maxCount)).padStart(5, '0');
}

function descending(count: number): string {
  return ascending(maxCount - Math.min(count, maxCount));
}

const maxCount = 99_999;
