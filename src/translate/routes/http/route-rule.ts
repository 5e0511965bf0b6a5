import type { ResourceKey } from '../../../lib/key.ts';
import type { HTTPRouteMatch, HTTPRouteRow, HTTPRouteRule } from '../../../kinds/gateway-api/http-route.ts';
import { gatewayGroup } from '../../../kinds/gateway-api/parent-ref.ts';
import type { SessionPersistence } from '../../../kinds/gateway-api/session-persistence.ts';
import type { Readable } from '../../../kinds/unreadable.ts';
import type { RouteKind } from '../../../kinds/route-kind.ts';
import type { FailureStatus, RouteMatchIR } from '../../ir.ts';
import type { ClusterIR } from '../../backend-ir.ts';
import { notingAbsent, type Reader } from '../../reader.ts';
import {
  anyPlace,
  resolveBackend,
  type BackendPlace,
  type BackendReferrer,
} from '../../backends/backend-ref.ts';
import { noFilters, translateFilters } from './filter.ts';
import { translateMatch, type MatchResult } from './match.ts';
import { copiesProblem, ruleCookies, withCookies } from './extension-ref.ts';
import {
  branch,
  failure,
  translateBranches,
  type RuleBranch,
  type WeightedBackend,
} from './rule-branches.ts';
import { fallbackProblems, withFallbacks } from '../fallbacks.ts';
import type { RouteProblem } from '../problem.ts';

export interface RuleResult {
  /** Undefined: dropped, because some value in it is not supported. */
  readonly rule: TranslatedRule | undefined;
  readonly problems: readonly RouteProblem[];
  readonly absent: readonly ResourceKey[];
}

export interface TranslatedRule {
  readonly name: string | undefined;
  readonly matches: readonly RouteMatchIR[];
  /** Matches that stand for them in the order of precedence. */
  readonly ranks: readonly RouteMatchIR[];
  /** More than one only when backendRefs have filters that a weighted cluster cannot carry. */
  readonly branches: readonly RuleBranch[];
  readonly session: SessionPersistence | undefined;
}

/** A rule that Envoy serves as HTTP, with matches of the route's kind. */
export type RuleOf<M> = Omit<HTTPRouteRule, 'matches'> & { readonly matches: readonly M[] };

/** Facts of a kind of route that Envoy serves as HTTP. */
export interface RuleKind<M> {
  readonly kind: RouteKind;
  readonly translateMatch: (match: M, path: string, namespace: string) => MatchResult;
  /** Protocol for every backend, whatever its Service says. */
  readonly protocol?: ClusterIR['protocol'] | undefined;
  /** Answer to requests that no backend can take. */
  readonly failureStatus: FailureStatus;
}

/** `place` changes which Clusters are used, and no problem. */
export function translateHTTPRules(
  reader: Reader,
  namespace: string,
  row: HTTPRouteRow,
  place: BackendPlace = anyPlace,
): RuleResult[] {
  return translateRules(reader, httpRules, { ...place, namespace }, row.metadata, row.spec.rules);
}

const httpRules: RuleKind<HTTPRouteMatch> = { kind: 'HTTPRoute', translateMatch, failureStatus: 500 };

export function translateRules<M>(
  reader: Reader,
  of: RuleKind<M>,
  place: BackendPlace & { readonly namespace: string },
  metadata: Readable,
  rules: readonly RuleOf<M>[],
): RuleResult[] {
  const from: BackendReferrer = { ...place, id: `${gatewayGroup}/${of.kind}`, protocol: of.protocol };
  const isClosed = metadata.unreadable !== undefined;
  return rules.map((rule, i) =>
    isClosed || rule.unreadable !== undefined
      ? closedRule(reader, of, rule, `rules[${i}]`, from.namespace)
      : translateRule(reader, of, from, rule, `rules[${i}]`),
  );
}

/** Closes a rule, half of which could let through what the other half would not: it answers before other rules do. */
function closedRule<M>(
  reader: Reader,
  of: RuleKind<M>,
  rule: RuleOf<M>,
  path: string,
  namespace: string,
): RuleResult {
  const { matches, ranks } = translateMatches(reader, of, rule, path, namespace);
  if (matches.length === 0) return { rule: undefined, problems: [], absent: [] };
  const branches = [branch(noFilters, failure(of))];
  return {
    rule: { name: rule.name, matches, ranks, branches, session: undefined },
    problems: [],
    absent: [],
  };
}

function translateMatches<M>(
  reader: Reader,
  of: RuleKind<M>,
  rule: RuleOf<M>,
  path: string,
  namespace: string,
) {
  const problems: RouteProblem[] = [];
  const matches: RouteMatchIR[] = [];
  const ranks: RouteMatchIR[] = [];
  for (const [i, match] of rule.matches.entries()) {
    const result = of.translateMatch(match, `${path}.matches[${i}]`, namespace);
    if (result.kind === 'match') {
      matches.push(result.match);
      ranks.push(result.rank ?? result.match);
    } else problems.push(...result.problems);
  }
  const cookies = ruleCookies(reader, namespace, rule.filters, `${path}.filters`);
  problems.push(...cookies.problems);
  return {
    matches: withCookies(matches, cookies.alternatives),
    ranks: withCookies(ranks, cookies.alternatives),
    problems,
    isClosed: cookies.problems.length > 0,
  };
}

function translateRule<M>(
  all: Reader,
  of: RuleKind<M>,
  from: BackendReferrer,
  rule: RuleOf<M>,
  path: string,
): RuleResult {
  const missing = new Set<ResourceKey>();
  const reader = notingAbsent(all, missing);
  const { matches, ranks, problems, isClosed } = translateMatches(reader, of, rule, path, from.namespace);
  const prefixOnly = matches.every((match) => match.path.kind === 'PathPrefix');
  const own = translateFilters(reader, from, rule.filters, `${path}.filters`, prefixOnly);
  problems.push(...own.problems);
  const given = rule.backendRefs.map((ref, i): WeightedBackend => {
    const at = `${path}.backendRefs[${i}]`;
    const backend = resolveBackend(reader, from, ref, at);
    const found = translateFilters(reader, from, ref.filters, `${at}.filters`, prefixOnly);
    if (backend.kind === 'invalid') problems.push(backend.problem);
    problems.push(...found.problems);
    const cluster = backend.kind === 'cluster' ? backend.name : undefined;
    const { isFallback, needsHost } = backend.kind === 'cluster' ? backend : {};
    return { cluster, weight: ref.weight, isFallback, needsHost, filters: found.filters };
  });
  problems.push(...fallbackProblems(given, `${path}.backendRefs`));
  const backends = withFallbacks(from.namespace, given);
  // A rule is dropped as a whole: half of it could send requests where the other half would not have.
  const absent = [...missing];
  if (problems.some((problem) => problem.condition === 'Accepted'))
    return { rule: undefined, problems, absent };
  const copies = copiesProblem(own.filters, matches.length, `${path}.filters`);
  if (copies !== undefined) problems.push(copies);
  const filters = isClosed || copies !== undefined ? { ...own.filters, broken: true } : own.filters;
  const branches = translateBranches({ ...rule, failureStatus: of.failureStatus }, filters, backends);
  const { name, sessionPersistence: session } = rule;
  return { rule: { name, matches, ranks, branches, session }, problems, absent };
}
