import type { Route } from '../../../proto/gen/envoy/config/route/v3/route_components.ts';
import {
  RouteAction_ClusterNotFoundResponseCode,
  type DirectResponseAction,
  type RouteAction,
} from '../../../proto/gen/envoy/config/route/v3/route_action.ts';
import type { WeightedCluster_ClusterWeight } from '../../../proto/gen/envoy/config/route/v3/weighted_cluster.ts';
import {
  chainsOf,
  type BackendIR,
  type ForwardIR,
  type HeaderModifierIR,
  type PathMatchIR,
  type RouteIR,
} from '../ir.ts';
import type { RouteLimitsIR } from '../limit-ir.ts';
import type { TrafficIR } from '../traffic-ir.ts';
import type { HostRewriteIR, ResponseIR } from '../filter-ir.ts';
import { corsRoutes } from './cors-answer.ts';
import { corsConfig } from './cors.ts';
import { millionths } from './fraction.ts';
import { authOnRoute, routeMetadata } from './external-auth.ts';
import { headerFields } from './headers.ts';
import { credentialOnRoute } from './credential.ts';
import { pathRewrite, regexRewrite, wholePath } from './path-rewrite.ts';
import { redirectAction } from './redirect.ts';
import { attempts } from './retry.ts';
import { slotsOnRoute } from './filter-slot.ts';
import { protectionOnRoute } from './protection.ts';
import { limitsOfRoute, ownLimits } from './local-limit.ts';
import { securityFilters } from './security.ts';
import { routeMatch } from './route-match.ts';
import { sessionOnRoute } from './session.ts';
import { trafficFilters, trafficOfAction, trafficOfRoute } from './traffic.ts';

export function routes(ir: RouteIR): Route[] {
  const own = route(ir);
  if (ir.cors === undefined || ir.cors.allowOrigins.length === 0 || ir.action.kind === 'forward')
    return [own];
  return [...corsRoutes(ir, ir.cors, route), own];
}

function route(ir: RouteIR): Route {
  const {
    name,
    match,
    cumulativeFraction,
    action,
    cors,
    session,
    auths,
    traffic,
    security,
    limits,
    credential,
  } = ir;
  const chains = chainsOf(ir);
  const areShared = chains.some(({ family }) => family === 'local_ratelimit');
  const filters = [
    ...(cors === undefined ? [] : corsConfig(cors)),
    ...slotsOnRoute(chains),
    ...protectionOnRoute(ir.protection, ir.plugins !== undefined),
    ...(security === undefined ? [] : securityFilters(security)),
    ...(session === undefined ? [] : [sessionOnRoute(session)]),
    ...authOnRoute(auths),
    ...(traffic === undefined ? [] : trafficFilters(traffic)),
    ...(limits === undefined || areShared ? [] : [[limitPlace, ownLimits(limits)] as const]),
    ...(credential === undefined ? [] : [credentialOnRoute(credential)]),
  ];
  return {
    name,
    match: routeMatch(match, cumulativeFraction, traffic?.connect !== undefined),
    action: routeAction(action, match.path, traffic, areShared ? limits : undefined),
    ...(ir.ofObject === undefined ? {} : { metadata: routeMetadata(ir.ofObject) }),
    ...(traffic === undefined ? {} : trafficOfRoute(traffic)),
    ...headerFields(requestHeaders(ir.requestHeaders, traffic), responseHeaders(ir.responseHeaders, traffic)),
    ...(filters.length === 0 ? {} : { typedPerFilterConfig: new Map(filters) }),
  };
}

const limitPlace = 'envoy.filters.http.ratelimit';

/** Backends must not compress what the proxy compresses. */
function requestHeaders(own: HeaderModifierIR, traffic: TrafficIR | undefined): HeaderModifierIR {
  const remove = [...new Set([...own.remove, 'accept-encoding'])];
  return traffic === undefined || traffic.compressors.length === 0 ? own : { ...own, remove };
}

/** Reports of an endpoint's load are for the proxy: https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/load_balancing_policies/client_side_weighted_round_robin/v3/client_side_weighted_round_robin.proto */
function responseHeaders(own: HeaderModifierIR, traffic: TrafficIR | undefined): HeaderModifierIR {
  if (traffic?.hidesLoadReports !== true) return own;
  return { ...own, remove: [...new Set([...own.remove, ...loadReports])] };
}

const loadReports = ['endpoint-load-metrics', 'endpoint-load-metrics-bin'];

function routeAction(
  action: RouteIR['action'],
  match: PathMatchIR,
  traffic: TrafficIR | undefined,
  limits: RouteLimitsIR | undefined,
): NonNullable<Route['action']> {
  switch (action.kind) {
    case 'forward':
      return { $case: 'route', value: forwardAction(action, match, traffic, limits) };
    case 'redirect':
      return { $case: 'redirect', value: redirectAction(action, match) };
    case 'respond':
      return { $case: 'directResponse', value: directResponse(action) };
  }
}

function directResponse({ status, body }: ResponseIR): DirectResponseAction {
  if (body === undefined) return { status };
  const source = { specifier: { $case: 'inlineString', value: body } } as const;
  return { status, bodyFormat: { format: { $case: 'textFormatSource', value: source } } };
}

function forwardAction(
  forward: ForwardIR,
  match: PathMatchIR,
  traffic: TrafficIR | undefined,
  limits: RouteLimitsIR | undefined,
): RouteAction {
  const { hostRewrite, mirrors, backends } = forward;
  return {
    clusterSpecifier: clusterSpecifier(backends, traffic?.hash !== undefined),
    // The share of an invalid backendRef goes to a cluster that never exists. Envoy's default is 503.
    ...(forward.failureStatus === 500 && backends.some(({ cluster }) => cluster === undefined)
      ? { clusterNotFoundResponseCode: RouteAction_ClusterNotFoundResponseCode.INTERNAL_SERVER_ERROR }
      : {}),
    ...rewriteFields(forward, match),
    ...(hostRewrite === undefined ? {} : hostFields(hostRewrite)),
    ...attempts(forward.timeouts, forward.retry),
    ...(traffic === undefined ? {} : trafficOfAction(traffic)),
    rateLimits: limits === undefined ? [] : limitsOfRoute(limits),
    ...(mirrors.length === 0
      ? {}
      : {
          requestMirrorPolicies: mirrors.map(({ cluster, fraction }) => ({
            cluster,
            runtimeFraction: millionths(fraction),
            disableShadowHostSuffixAppend: true,
          })),
        }),
  };
}

function rewriteFields({ pathRewrite: rewrite }: ForwardIR, match: PathMatchIR): Partial<RouteAction> {
  if (rewrite?.kind === 'regex') return { regexRewrite: regexRewrite(rewrite) };
  const rewritten = pathRewrite(rewrite, match);
  switch (rewritten.kind) {
    case 'none':
      return {};
    case 'full':
      return { regexRewrite: wholePath(rewritten.path) };
    case 'prefix':
      return { prefixRewrite: rewritten.prefix };
    case 'regex':
      return { regexRewrite: rewritten.regex };
  }
}

function hostFields(rewrite: HostRewriteIR): Partial<RouteAction> {
  return {
    hostRewriteSpecifier: hostSpecifier(rewrite),
    ...(rewrite.isNoted ? { appendXForwardedHost: true } : {}),
  };
}

function hostSpecifier(rewrite: HostRewriteIR): NonNullable<RouteAction['hostRewriteSpecifier']> {
  switch (rewrite.kind) {
    case 'literal':
      return { $case: 'hostRewriteLiteral', value: rewrite.value };
    case 'header':
      return { $case: 'hostRewriteHeader', value: rewrite.name };
    case 'backend':
      return { $case: 'autoHostRewrite', value: true };
    case 'path':
      return { $case: 'hostRewritePathRegex', value: regexRewrite(rewrite.rewrite) };
  }
}

/** Names of clusters have slashes, so none has this one. */
const invalidCluster = 'invalid-backend';

function clusterSpecifier(
  backends: readonly BackendIR[],
  isHashed: boolean,
): NonNullable<RouteAction['clusterSpecifier']> {
  const [first] = backends;
  if (backends.length === 1 && first?.cluster !== undefined && !changesHeaders(first)) {
    return { $case: 'cluster', value: first.cluster };
  }
  // Requests of one client go to one backend, and there to one endpoint.
  const randomValueSpecifier = { $case: 'useHashPolicy', value: true } as const;
  return {
    $case: 'weightedClusters',
    value: { clusters: backends.map(clusterWeight), ...(isHashed ? { randomValueSpecifier } : {}) },
  };
}

function clusterWeight(backend: BackendIR): WeightedCluster_ClusterWeight {
  return {
    name: backend.cluster ?? invalidCluster,
    weight: backend.weight,
    ...headerFields(backend.requestHeaders, backend.responseHeaders),
  };
}

function changesHeaders(backend: BackendIR): boolean {
  return Object.keys(headerFields(backend.requestHeaders, backend.responseHeaders)).length > 0;
}
