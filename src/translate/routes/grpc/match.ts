import type { GRPCRouteMatch } from '../../../kinds/gateway-api/grpc-route.ts';
import type { PathMatchIR, RouteMatchIR } from '../../ir.ts';
import { valueMatches, type MatchResult } from '../http/match.ts';
import { regexProblem } from '../http/regex.ts';
import { type RouteProblem, unsupportedValue } from '../problem.ts';

/** A call is a POST to `/service/method`: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
export function translateGRPCMatch(match: GRPCRouteMatch, path: string, namespace: string): MatchResult {
  const problems: RouteProblem[] = [];
  const regex = (value: string): string | undefined => regexProblem(value, namespace);
  const translated: RouteMatchIR = {
    path: pathMatch(match.method),
    method: undefined,
    headers: valueMatches(match.headers, `${path}.headers`, (name) => name.toLowerCase(), regex, problems),
    queryParams: [],
  };
  if (match.method?.type === 'RegularExpression') {
    for (const field of ['service', 'method'] as const) {
      const problem = match.method[field] === '' ? undefined : regex(match.method[field]);
      if (problem !== undefined) problems.push(unsupportedValue(`${path}.method.${field}`, problem));
    }
  }
  if (problems.length > 0) return { kind: 'invalid', problems };
  return { kind: 'match', match: translated, rank: rankOf(translated, match.method) };
}

function pathMatch(method: GRPCRouteMatch['method']): PathMatchIR {
  if (method === undefined) return { kind: 'PathPrefix', value: '/' };
  if (method.type === 'Exact') {
    if (method.method === '') return { kind: 'PathPrefix', value: `/${method.service}` };
    if (method.service !== '') return { kind: 'Exact', value: `/${method.service}/${method.method}` };
    return { kind: 'RegularExpression', value: `/${anyName}/${method.method}` };
  }
  return { kind: 'RegularExpression', value: `/${segment(method.service)}/${segment(method.method)}` };
}

/** Groups the user's expression, as an alternative in it must not end the whole one. */
function segment(regex: string): string {
  return regex === '' ? anyName : `(?:${regex})`;
}

const anyName = '[^/]+';

/**
 * Returns the match that stands for this one in the order of precedence: characters of the service come first, then those
 * of the method (https://gateway-api.sigs.k8s.io/reference/spec/#grpcrouterule). A method without a service comes behind
 * all services, and before a match of every call.
 */
function rankOf(translated: RouteMatchIR, method: GRPCRouteMatch['method']): RouteMatchIR {
  if (method === undefined || method.service !== '') return translated;
  return { ...translated, path: { kind: 'PathPrefix', value: '/' }, method: 'POST' };
}
