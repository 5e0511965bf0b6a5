import type { ResourceKey } from '../../../lib/key.ts';
import type { RoutingType } from '../../../units/cluster-name.ts';
import type { HTTPRouteRow, HTTPRouteRule } from '../../../kinds/gateway-api/http-route.ts';
import {
  noHeaderChange,
  type BackendIR,
  type CORSPolicyIR,
  type ForwardIR,
  type HeaderModifierIR,
  type RetryIR,
  type RouteMatchIR,
  type TimeoutsIR,
} from '../../ir.ts';
import { notingAbsent, type Reader } from '../../reader.ts';
import { resolveBackend, type BackendReferrer } from '../../backends/backend-ref.ts';
import { noFilters, translateFilters, type FilterSet, type RedirectFilter } from './filter.ts';
import { translateMatch } from './match.ts';
import { headersInTurn } from './header-modifier.ts';
import type { RouteProblem } from './problem.ts';

export interface RuleResult {
  /** Undefined: dropped, because some value in it is not supported. */
  readonly rule: TranslatedRule | undefined;
  readonly problems: readonly RouteProblem[];
  readonly absent: readonly ResourceKey[];
}

export interface TranslatedRule {
  readonly name: string | undefined;
  readonly matches: readonly RouteMatchIR[];
  /** More than one only when backendRefs have filters that a weighted cluster cannot carry. */
  readonly branches: readonly RuleBranch[];
}

/** Handling of a share of a rule's requests. */
export interface RuleBranch {
  /** See `RouteIR.cumulativeFraction`; undefined for the last branch, which takes the rest. */
  readonly cumulativeFraction: number | undefined;
  readonly requestHeaders: HeaderModifierIR;
  readonly responseHeaders: HeaderModifierIR;
  readonly cors: CORSPolicyIR | undefined;
  readonly action:
    | ForwardIR
    | { readonly kind: 'redirect'; readonly redirect: RedirectFilter }
    | { readonly kind: 'respond'; readonly status: number };
}

/** `routingType` changes which Clusters are used, and no problem. */
export function translateRules(
  reader: Reader,
  namespace: string,
  row: HTTPRouteRow,
  routingType: RoutingType = 'Endpoint',
): RuleResult[] {
  const from: BackendReferrer = { id: 'gateway.networking.k8s.io/HTTPRoute', namespace, routingType };
  const isClosed = row.metadata.unreadable !== undefined;
  return row.spec.rules.map((rule, i) =>
    isClosed || rule.unreadable !== undefined
      ? closedRule(rule, `rules[${i}]`, namespace)
      : translateRule(reader, from, rule, `rules[${i}]`),
  );
}

/** Closes a rule, half of which could let through what the other half would not: it answers before other rules do. */
function closedRule({ name, matches: given }: HTTPRouteRule, path: string, namespace: string): RuleResult {
  const matches = given.flatMap((match, i) => {
    const result = translateMatch(match, `${path}.matches[${i}]`, namespace);
    return result.kind === 'match' ? [result.match] : [];
  });
  if (matches.length === 0) return { rule: undefined, problems: [], absent: [] };
  const branches = [branch(noFilters, { kind: 'respond', status: 500 })];
  return { rule: { name, matches, branches }, problems: [], absent: [] };
}

function translateRule(all: Reader, from: BackendReferrer, rule: HTTPRouteRule, path: string): RuleResult {
  const missing = new Set<ResourceKey>();
  const reader = notingAbsent(all, missing);
  const problems: RouteProblem[] = [];
  const matches: RouteMatchIR[] = [];
  for (const [i, match] of rule.matches.entries()) {
    const result = translateMatch(match, `${path}.matches[${i}]`, from.namespace);
    if (result.kind === 'match') matches.push(result.match);
    else problems.push(...result.problems);
  }
  const prefixOnly = rule.matches.every((match) => match.path.type === 'PathPrefix');
  const own = translateFilters(reader, from, rule.filters, `${path}.filters`, prefixOnly);
  problems.push(...own.problems);
  const backends = rule.backendRefs.map((ref, i): WeightedBackend => {
    const at = `${path}.backendRefs[${i}]`;
    const backend = resolveBackend(reader, from, ref, at);
    const found = translateFilters(reader, from, ref.filters, `${at}.filters`, prefixOnly);
    if (backend.kind === 'invalid') problems.push(backend.problem);
    problems.push(...found.problems);
    const cluster = backend.kind === 'cluster' ? backend.name : undefined;
    return { cluster, weight: ref.weight, filters: found.filters };
  });
  // A rule is dropped as a whole: half of it could send requests where the other half would not have.
  const absent = [...missing];
  if (problems.some((problem) => problem.condition === 'Accepted'))
    return { rule: undefined, problems, absent };
  const branches = translateBranches(rule, own.filters, backends);
  return { rule: { name: rule.name, matches, branches }, problems, absent };
}

interface WeightedBackend {
  readonly cluster: string | undefined;
  readonly weight: number;
  readonly filters: FilterSet;
}

function translateBranches(
  rule: HTTPRouteRule,
  own: FilterSet,
  all: readonly WeightedBackend[],
): readonly RuleBranch[] {
  if (own.broken) return [branch(own, { kind: 'respond', status: 500 })];
  if (own.redirect !== undefined) return [branch(own, { kind: 'redirect', redirect: own.redirect })];
  const backends = all.filter((backend) => backend.weight > 0);
  // Without a valid backend, requests get 500: https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule
  if (backends.every((backend) => backend.cluster === undefined && !answersItself(backend.filters))) {
    return [branch(own, { kind: 'respond', status: 500 })];
  }
  if (!backends.some((backend) => needsOwnRoute(backend.filters))) {
    return [forwardBranch(rule, own, backends)];
  }
  const total = backends.reduce((sum, backend) => sum + backend.weight, 0);
  let weight = 0;
  return backends.map((backend, i) => {
    weight += backend.weight;
    const last = i === backends.length - 1;
    return backendBranch(rule, own, backend, last ? undefined : Math.round((weight / total) * 1_000_000));
  });
}

/** Returns true when only a route can carry the filters, and no entry of a weighted cluster. */
function needsOwnRoute(filters: FilterSet): boolean {
  return (
    answersItself(filters) ||
    filters.mirrors.length > 0 ||
    filters.hostRewrite !== undefined ||
    filters.pathRewrite !== undefined ||
    filters.cors !== undefined
  );
}

function answersItself(filters: FilterSet): boolean {
  return filters.redirect !== undefined || filters.broken;
}

function backendBranch(
  rule: HTTPRouteRule,
  own: FilterSet,
  backend: WeightedBackend,
  cumulativeFraction: number | undefined,
): RuleBranch {
  const { filters } = backend;
  const merged: FilterSet = {
    ...own,
    mirrors: [...own.mirrors, ...filters.mirrors],
    hostRewrite: filters.hostRewrite ?? own.hostRewrite,
    pathRewrite: filters.pathRewrite ?? own.pathRewrite,
    cors: filters.cors ?? own.cors,
  };
  if (filters.redirect !== undefined) {
    const responseHeaders = headersInTurn(own.responseHeaders, filters.responseHeaders);
    const action = { kind: 'redirect', redirect: filters.redirect } as const;
    return branch({ ...merged, responseHeaders }, action, cumulativeFraction);
  }
  if (filters.broken || backend.cluster === undefined) {
    return branch(merged, { kind: 'respond', status: 500 }, cumulativeFraction);
  }
  return forwardBranch(rule, merged, [backend], cumulativeFraction);
}

/** Envoy changes headers for the backend first: where a backendRef has filters, the rule's go with it. */
function forwardBranch(
  rule: HTTPRouteRule,
  filters: FilterSet,
  backends: readonly WeightedBackend[],
  cumulativeFraction?: number,
): RuleBranch {
  const ofRoute = { ...filters };
  let ofBackends = backends;
  if (backends.some((backend) => changesHeaders(backend.filters))) {
    ofBackends = backends.map((backend) => withRuleHeaders(backend, filters));
    ofRoute.requestHeaders = noHeaderChange;
    ofRoute.responseHeaders = noHeaderChange;
  }
  return branch(ofRoute, forward(rule, filters, ofBackends), cumulativeFraction);
}

function changesHeaders({ requestHeaders, responseHeaders }: FilterSet): boolean {
  return requestHeaders !== noHeaderChange || responseHeaders !== noHeaderChange;
}

function withRuleHeaders(backend: WeightedBackend, rule: FilterSet): WeightedBackend {
  const requestHeaders = headersInTurn(rule.requestHeaders, backend.filters.requestHeaders);
  const responseHeaders = headersInTurn(rule.responseHeaders, backend.filters.responseHeaders);
  return { ...backend, filters: { ...backend.filters, requestHeaders, responseHeaders } };
}

function branch(
  { requestHeaders, responseHeaders, cors }: FilterSet,
  action: RuleBranch['action'],
  cumulativeFraction?: number,
): RuleBranch {
  return { cumulativeFraction, requestHeaders, responseHeaders, cors, action };
}

function forward(rule: HTTPRouteRule, filters: FilterSet, backends: readonly WeightedBackend[]): ForwardIR {
  return {
    kind: 'forward',
    backends: backends.map((backend): BackendIR => ({
      cluster: backend.cluster,
      weight: backend.weight,
      requestHeaders: backend.filters.requestHeaders,
      responseHeaders: backend.filters.responseHeaders,
    })),
    mirrors: filters.mirrors,
    hostRewrite: filters.hostRewrite,
    pathRewrite: filters.pathRewrite,
    timeouts: timeouts(rule),
    retry: retry(rule),
  };
}

function timeouts({ timeouts: { request, backendRequest } }: HTTPRouteRule): TimeoutsIR {
  return { requestMs: request, backendRequestMs: backendRequest };
}

function retry({ retry: user }: HTTPRouteRule): RetryIR | undefined {
  if (user === undefined || user.attempts === 0) return undefined;
  return { attempts: user.attempts, codes: user.codes, backoffMs: user.backoff };
}
