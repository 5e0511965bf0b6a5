import { withoutTrailing } from '../../../lib/without-trailing.ts';
import type { HTTPRouteMatch } from '../../../kinds/gateway-api/http-route.ts';
import type { PathMatchIR, RouteMatchIR, ValueMatchIR } from '../../ir.ts';
import { type RouteProblem, unsupportedValue } from '../problem.ts';
import { regexProblem } from './regex.ts';

/** A match, or the reason why Envoy would reject it. */
export type MatchResult =
  /** `rank` stands for the match in the order of precedence; undefined: the match itself. */
  | { readonly kind: 'match'; readonly match: RouteMatchIR; readonly rank?: RouteMatchIR }
  | { readonly kind: 'invalid'; readonly problems: readonly RouteProblem[] };

export function translateMatch(match: HTTPRouteMatch, path: string, namespace: string): MatchResult {
  const problems: RouteProblem[] = [];
  const regex = (value: string): string | undefined => regexProblem(value, namespace);
  const translated: RouteMatchIR = {
    path: pathMatch(match.path, `${path}.path.value`, regex, problems),
    method: match.method,
    headers: valueMatches(match.headers, `${path}.headers`, (name) => name.toLowerCase(), regex, problems),
    queryParams: valueMatches(match.queryParams, `${path}.queryParams`, (name) => name, regex, problems),
  };
  return problems.length > 0 ? { kind: 'invalid', problems } : { kind: 'match', match: translated };
}

function pathMatch(
  match: HTTPRouteMatch['path'],
  path: string,
  regex: (value: string) => string | undefined,
  problems: RouteProblem[],
): PathMatchIR {
  if (match.type === 'RegularExpression') {
    const problem = regex(match.value);
    if (problem !== undefined) problems.push(unsupportedValue(path, problem));
    return { kind: match.type, value: match.value };
  }
  // Envoy rejects a path match with a query or fragment, which could never match.
  if (!/^\/[^?#\0\r\n]*$/.test(match.value)) {
    problems.push(unsupportedValue(path, 'must be a path that starts with "/", without "?" or "#"'));
  }
  if (match.type === 'Exact') return { kind: match.type, value: match.value };
  const value = withoutTrailing(match.value, '/');
  return { kind: match.type, value: value === '' ? '/' : value };
}

/** Uses the first of several entries of one name: https://gateway-api.sigs.k8s.io/reference/spec/#httproutematch */
export function valueMatches(
  matches: HTTPRouteMatch['headers'],
  path: string,
  canonical: (name: string) => string,
  regex: (value: string) => string | undefined,
  problems: RouteProblem[],
): readonly ValueMatchIR[] {
  if (matches.length === 0) return none;
  const found = new Map<string, ValueMatchIR>();
  for (const [i, { type, name, value }] of matches.entries()) {
    const key = canonical(name);
    if (found.has(key)) continue;
    const problem = type === 'RegularExpression' ? regex(value) : exactProblem(value);
    if (problem !== undefined) problems.push(unsupportedValue(`${path}[${i}].value`, problem));
    found.set(key, { kind: type, name: key, value });
  }
  return [...found.values()];
}

const none: readonly ValueMatchIR[] = [];

function exactProblem(value: string): string | undefined {
  return /[\0\r\n]/.test(value) ? 'must not hold line breaks or NUL' : undefined;
}
