import { HeaderValueOption_HeaderAppendAction } from '../../../proto/gen/envoy/config/core/v3/base.ts';
import type { Route } from '../../../proto/gen/envoy/config/route/v3/route_components.ts';
import {
  noHeaderChange,
  type CORSPolicyIR,
  type RouteIR,
  type RouteMatchIR,
  type ValueMatchIR,
} from '../ir.ts';
import { exposedHeaders, originRegex } from './cors.ts';

/**
 * Adds routes before one that Envoy answers by itself, such as a redirect: its CORS filter acts only on routes to a
 * cluster. The first is for preflights; the second adds the filter's headers to answers for allowed origins.
 */
export function corsRoutes(ir: RouteIR, cors: CORSPolicyIR, route: (ir: RouteIR) => Route): Route[] {
  const { match } = ir;
  const isPreflight = {
    ...withHeaders(match, [given('origin'), given('access-control-request-method')]),
    method: 'OPTIONS',
  };
  const answered = route({ ...ir, match: withHeaders(match, [allowedOrigin(cors)]), cors: undefined });
  return [
    ...(match.method === undefined || match.method === 'OPTIONS'
      ? [route({ ...ir, match: isPreflight, action: unreached, limits: undefined })]
      : []),
    { ...answered, responseHeadersToAdd: [...(answered.responseHeadersToAdd ?? []), ...corsHeaders(cors)] },
  ];
}

function withHeaders(match: RouteMatchIR, more: readonly ValueMatchIR[]): RouteMatchIR {
  return { ...match, headers: [...match.headers, ...more] };
}

function given(name: string): ValueMatchIR {
  return { kind: 'RegularExpression', name, value: '.+' };
}

function allowedOrigin({ allowOrigins }: CORSPolicyIR): ValueMatchIR {
  return { kind: 'RegularExpression', name: 'origin', value: originRegex(allowOrigins) };
}

/** Names a cluster that never exists: the filter answers first. */
const unreached: RouteIR['action'] = {
  kind: 'forward',
  backends: [
    { cluster: undefined, weight: 1, requestHeaders: noHeaderChange, responseHeaders: noHeaderChange },
  ],
  mirrors: [],
  hostRewrite: undefined,
  pathRewrite: undefined,
  timeouts: { requestMs: undefined, backendRequestMs: undefined },
  retry: undefined,
  failureStatus: 500,
};

function corsHeaders(cors: CORSPolicyIR) {
  const exposed = exposedHeaders(cors);
  const headers = [
    ['access-control-allow-origin', '%REQ(ORIGIN)%'],
    ...(cors.allowCredentials ? [['access-control-allow-credentials', 'true']] : []),
    ...(exposed === '' ? [] : [['access-control-expose-headers', exposed]]),
  ] as const;
  return headers.map(([key = '', value = '']) => ({
    header: { key, value },
    appendAction: HeaderValueOption_HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD,
  }));
}
