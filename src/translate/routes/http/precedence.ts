import { fiveDigits, matchPlaceText, maxCount, type MatchPlace } from '../../../units/route-order.ts';
import type { RouteMatchIR } from '../../ir.ts';

/** A match of a rule of a route, with what decides its place. */
export interface RankedMatch extends MatchPlace {
  readonly match: RouteMatchIR;
  /** Hostname of the route by which it has the domain; undefined: the domain itself. */
  readonly wider: string | undefined;
  /** True: rules keep the order in which they are written, whatever they match. */
  readonly keepsOrder?: boolean;
}

/**
 * Returns a text that sorts by code unit in order of precedence: the route's own hostname (the domain itself, then the
 * longest: https://gateway-api.sigs.k8s.io/reference/spec/#httproutespec), path (exact, regular expression, longest
 * prefix), method, number of headers (a cookie counts as one), number of query parameters; then the oldest route, its name, and the order within it.
 * https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule leaves the place of regular expressions open; this one is
 * Envoy Gateway's. Three parts, see `RouteEntry.order`. A space ends each text, as it sorts before every character of a
 * text, and `:` after every digit.
 */
export function precedence(ranked: RankedMatch): string {
  const { match, keepsOrder, wider } = ranked;
  const ofHostname = wider === undefined ? '' : `:${descending(wider.length)}`;
  const rank = keepsOrder === true ? ofHostname : `${ofHostname}${matchRank(match)}`;
  return `${rank} ${matchPlaceText(ranked)}`;
}

function matchRank({ path, method, headers, queryParams, cookies = [] }: RouteMatchIR): string {
  return [
    pathRank[path.kind],
    descending(path.value.length),
    method === undefined ? 1 : 0,
    descending(headers.length + cookies.length),
    descending(queryParams.length),
  ].join('');
}

const pathRank: Record<RouteMatchIR['path']['kind'], number> = {
  Exact: 0,
  RegularExpression: 1,
  PathPrefix: 2,
};

function descending(count: number): string {
  return fiveDigits(maxCount - Math.min(count, maxCount));
}
