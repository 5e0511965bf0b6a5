import type { ExternalAuthIR } from '../../security-ir.ts';
import type { HTTPRouteRule } from '../../../kinds/gateway-api/http-route.ts';
import {
  noHeaderChange,
  type BackendIR,
  type CORSPolicyIR,
  type FailureStatus,
  type ForwardIR,
  type HeaderModifierIR,
  type RetryIR,
  type TimeoutsIR,
} from '../../ir.ts';
import type { CredentialIR, ResponseIR } from '../../filter-ir.ts';
import type { FallbackBackend } from '../fallbacks.ts';
import type { FilterSet, RedirectFilter } from './filter.ts';
import { headersInTurn } from './header-modifier.ts';

/** Handling of a share of a rule's requests. */
export interface RuleBranch {
  /** See `RouteIR.cumulativeFraction`; undefined for the last branch, which takes the rest. */
  readonly cumulativeFraction: number | undefined;
  readonly requestHeaders: HeaderModifierIR;
  readonly responseHeaders: HeaderModifierIR;
  readonly cors: CORSPolicyIR | undefined;
  readonly auths: readonly ExternalAuthIR[];
  readonly credential: CredentialIR | undefined;
  readonly action:
    | ForwardIR
    | { readonly kind: 'redirect'; readonly redirect: RedirectFilter }
    | ({ readonly kind: 'respond' } & ResponseIR);
}

/** The parts of a rule that its branches share. */
type BranchedRule = Pick<HTTPRouteRule, 'timeouts' | 'retry'> & { readonly failureStatus: FailureStatus };

export interface WeightedBackend extends FallbackBackend {
  readonly filters: FilterSet;
}

export function translateBranches(
  rule: BranchedRule,
  own: FilterSet,
  all: readonly WeightedBackend[],
): readonly RuleBranch[] {
  if (own.broken) return [branch(own, failure(rule))];
  if (own.response !== undefined) return [branch(own, { kind: 'respond', ...own.response })];
  if (own.redirect !== undefined) return [branch(own, { kind: 'redirect', redirect: own.redirect })];
  const backends = all.filter((backend) => backend.weight > 0);
  // Without a valid backend, requests get 500: https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule
  if (backends.every((backend) => backend.cluster === undefined && !answersItself(backend.filters))) {
    return [branch(own, failure(rule))];
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
    filters.cors !== undefined ||
    filters.auths.length > 0 ||
    filters.credential !== undefined
  );
}

function answersItself(filters: FilterSet): boolean {
  return filters.redirect !== undefined || filters.response !== undefined || filters.broken;
}

function backendBranch(
  rule: BranchedRule,
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
    auths: [...own.auths, ...filters.auths],
    credential: filters.credential ?? own.credential,
  };
  if (filters.redirect !== undefined) {
    const responseHeaders = headersInTurn(own.responseHeaders, filters.responseHeaders);
    const action = { kind: 'redirect', redirect: filters.redirect } as const;
    return branch({ ...merged, responseHeaders }, action, cumulativeFraction);
  }
  if (filters.response !== undefined && !filters.broken) {
    const responseHeaders = headersInTurn(own.responseHeaders, filters.responseHeaders);
    const action = { kind: 'respond', ...filters.response } as const;
    return branch({ ...merged, responseHeaders }, action, cumulativeFraction);
  }
  if (filters.broken || backend.cluster === undefined) {
    return branch(merged, failure(rule), cumulativeFraction);
  }
  return forwardBranch(rule, merged, [backend], cumulativeFraction);
}

export function failure({ failureStatus }: Pick<BranchedRule, 'failureStatus'>): RuleBranch['action'] {
  return { kind: 'respond', status: failureStatus };
}

/** Envoy changes headers for the backend first: where a backendRef has filters, the rule's go with it. */
function forwardBranch(
  rule: BranchedRule,
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

export function branch(
  { requestHeaders, responseHeaders, cors, auths, credential }: FilterSet,
  action: RuleBranch['action'],
  cumulativeFraction?: number,
): RuleBranch {
  return { cumulativeFraction, requestHeaders, responseHeaders, cors, auths, credential, action };
}

function forward(rule: BranchedRule, filters: FilterSet, backends: readonly WeightedBackend[]): ForwardIR {
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
    failureStatus: rule.failureStatus,
  };
}

function timeouts({ timeouts: { request, backendRequest } }: BranchedRule): TimeoutsIR {
  return { requestMs: request, backendRequestMs: backendRequest };
}

function retry({ retry: user }: BranchedRule): RetryIR | undefined {
  if (user === undefined || user.attempts === 0) return undefined;
  return { attempts: user.attempts, codes: user.codes, backoffMs: user.backoff };
}
