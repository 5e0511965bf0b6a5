import type { HTTPRouteFilter } from '../../../kinds/gateway-api/http-route.ts';
import type { BackendReferrer } from '../../backends/backend-ref.ts';
import { maxCopiedBytes } from '../../filters/body-format.ts';
import { cookieMatches, resolveFilter, type FilterProblem } from '../../filters/http-route-filter.ts';
import type { RouteMatchIR, ValueMatchIR } from '../../ir.ts';
import type { Reader } from '../../reader.ts';
import type { RouteProblem } from '../problem.ts';
import type { FilterSet } from './filter.ts';
import { headersInTurn } from './header-modifier.ts';

type ExtensionRef = Extract<HTTPRouteFilter, { type: 'ExtensionRef' }>['extensionRef'];
type Writable = { -readonly [K in keyof FilterSet]: FilterSet[K] };

/**
 * Adds what an HTTPRouteFilter says to the filters of its rule, behind all filters of Gateway API. A filter that cannot be
 * resolved must not be skipped (https://gateway-api.sigs.k8s.io/reference/spec/#httproutefilter): it breaks the set.
 */
export function addExtension(
  reader: Reader,
  from: BackendReferrer,
  ref: ExtensionRef,
  path: string,
  found: Writable,
  problems: RouteProblem[],
): void {
  const broken = (...parts: readonly FilterProblem[]): void => {
    found.broken = true;
    for (const { path: at, message, reason = 'UnsupportedValue' } of parts) {
      const text = at === '' ? message : `HTTPRouteFilter ${from.namespace}/${ref.name}: ${at}: ${message}`;
      problems.push({ condition: 'ResolvedRefs', reason, path, message: `${text}; ${effect}` });
    }
  };
  const { group, kind, name } = ref;
  if (!isFilter(ref)) {
    const message = `${group}/${kind} is not supported`;
    return broken({ path: '', message, reason: 'InvalidKind' });
  }
  const row = reader.row('HTTPRouteFilter', from.namespace, name);
  if (row === undefined)
    return broken({ path: '', message: `HTTPRouteFilter ${from.namespace}/${name} does not exist` });
  if (row.spec.matches.length > 0 && path.includes('.backendRefs['))
    return broken({ path: 'spec.matches', message: 'are for rules, and not for one backend' });
  const resolved = resolveFilter(reader, from.namespace, row, from.id.endsWith('/GRPCRoute'));
  if (resolved.kind === 'invalid') return broken(...resolved.problems);
  const { filter } = resolved;
  const twice = parts.find((part) => filter[part] !== undefined && found[part] !== undefined);
  if (twice !== undefined)
    return broken({ path: '', message: `another filter of the rule has the ${named[twice]} already` });
  if (filter.response !== undefined && found.redirect !== undefined)
    return broken({ path: '', message: 'a direct response and a RequestRedirect exclude each other' });
  for (const part of parts) if (filter[part] !== undefined) Object.assign(found, { [part]: filter[part] });
  if (filter.notesHost !== undefined && found.hostRewrite !== undefined)
    found.hostRewrite = { ...found.hostRewrite, isNoted: filter.notesHost };
  found.responseHeaders = headersInTurn(found.responseHeaders, filter.responseHeaders);
}

const parts = ['pathRewrite', 'hostRewrite', 'response', 'credential'] as const;
const named = {
  pathRewrite: 'rewrite of the path',
  hostRewrite: 'rewrite of the hostname',
  response: 'direct response',
  credential: 'credential',
} as const;
const effect = 'requests of this rule are answered with an error';

function isFilter({ group, kind }: ExtensionRef): boolean {
  return group === 'gateway.envoyproxy.io' && kind === 'HTTPRouteFilter';
}

/** Returns the problem of a rule whose matches need too many copies of its answer. */
export function copiesProblem(
  { response }: Pick<FilterSet, 'response'>,
  matches: number,
  path: string,
): RouteProblem | undefined {
  const bytes = Buffer.byteLength(response?.body ?? '') * matches;
  if (bytes <= maxCopiedBytes) return undefined;
  const message = `a body for each of ${matches} matches: ${bytes} bytes, at most ${maxCopiedBytes} are allowed; ${effect}`;
  return { condition: 'ResolvedRefs', reason: 'UnsupportedValue', path, message };
}

/** Alternatives of cookies, by which a rule takes fewer requests than its matches; empty: all of them. */
export interface RuleCookies {
  readonly alternatives: readonly (readonly ValueMatchIR[])[];
  readonly problems: readonly RouteProblem[];
}

/** Reads the cookies of a rule's own filters. O(filters). */
export function ruleCookies(
  reader: Reader,
  namespace: string,
  filters: readonly HTTPRouteFilter[],
  path: string,
): RuleCookies {
  const found: (readonly ValueMatchIR[])[][] = [];
  const problems: RouteProblem[] = [];
  for (const [i, filter] of filters.entries()) {
    if (filter.type !== 'ExtensionRef' || !isFilter(filter.extensionRef)) continue;
    const row = reader.row('HTTPRouteFilter', namespace, filter.extensionRef.name);
    if (row === undefined || row.spec.matches.length === 0) continue;
    const { alternatives, problems: own } = cookieMatches(row, namespace);
    const at = `${path}[${i}].extensionRef`;
    const problem = (message: string): RouteProblem => ({
      condition: 'ResolvedRefs',
      reason: 'UnsupportedValue',
      path: at,
      message: `HTTPRouteFilter ${namespace}/${filter.extensionRef.name}: ${message}; ${effect}`,
    });
    problems.push(...own.map(({ path: below, message }) => problem(`${below}: ${message}`)));
    if (found.length > 0)
      problems.push(problem('spec.matches: another filter of the rule has matches already'));
    found.push([...alternatives]);
  }
  return { alternatives: problems.length > 0 ? [] : (found[0] ?? []), problems };
}

/** Returns each match with each of the alternatives. */
export function withCookies(
  matches: readonly RouteMatchIR[],
  alternatives: RuleCookies['alternatives'],
): readonly RouteMatchIR[] {
  if (alternatives.length === 0) return matches;
  return matches.flatMap((match) => alternatives.map((cookies) => ({ ...match, cookies })));
}
