import { Buffer as RequestBuffer } from '../../../proto/gen/envoy/extensions/filters/http/buffer/v3/buffer.ts';
import { BandwidthLimit } from '../../../proto/gen/envoy/extensions/filters/http/bandwidth_limit/v3/bandwidth_limit.ts';
import { Cors } from '../../../proto/gen/envoy/extensions/filters/http/cors/v3/cors.ts';
import { CsrfPolicy } from '../../../proto/gen/envoy/extensions/filters/http/csrf/v3/csrf.ts';
import { CustomResponse } from '../../../proto/gen/envoy/extensions/filters/http/custom_response/v3/custom_response.ts';
import { GrpcWeb } from '../../../proto/gen/envoy/extensions/filters/http/grpc_web/v3/grpc_web.ts';
import { HealthCheck } from '../../../proto/gen/envoy/extensions/filters/http/health_check/v3/health_check.ts';
import { HTTPFault } from '../../../proto/gen/envoy/extensions/filters/http/fault/v3/fault.ts';
import { FilterChainConfig } from '../../../proto/gen/envoy/extensions/filters/http/filter_chain/v3/filter_chain.ts';
import { HeaderMutation } from '../../../proto/gen/envoy/extensions/filters/http/header_mutation/v3/header_mutation.ts';
import { RBAC } from '../../../proto/gen/envoy/extensions/filters/http/rbac/v3/rbac.ts';
import { Router } from '../../../proto/gen/envoy/extensions/filters/http/router/v3/router.ts';
import { StatefulSession } from '../../../proto/gen/envoy/extensions/filters/http/stateful_session/v3/stateful_session.ts';
import type { HttpFilter } from '../../../proto/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts';
import type { ClientHttpIR } from '../client-ir.ts';
import type { FilterSlotsIR } from '../ir.ts';
import type { FilterPositionIR } from '../listener-ir.ts';
import type { AccessLogIR } from '../telemetry-ir.ts';
import { accessLog } from './access-log.ts';
import { any, type MessageType } from './any.ts';
import { millionths } from './fraction.ts';
import { inOrder } from './filter-order.ts';
import { choiceFilter, slotFilter } from './filter-slot.ts';
import { protectionFilters } from './protection.ts';

/**
 * Returns the HTTP filters of every listener, in Envoy Gateway's order: the same list for all but a ClientTrafficPolicy's
 * two, as a change drains every connection. Filters for policies are disabled here, and routes enable them (docs/filter-chain.md). A place for whole
 * filters stands where one cannot be idle (without a service it aborts Envoy, without keys or users it refuses every
 * request), or where routes cannot give all of its config. Slots stand where a change of routes must not create filters
 * again: filters with code or with state.
 *
 * HAZARD: Envoy chooses the filters of a request by the first route that it matches. A filter that then clears the route
 * cache bypasses filters that only the other route enables; `protection.ts` refuses such a request at the end.
 */
export function httpFilters(
  slots: FilterSlotsIR,
  positions: readonly FilterPositionIR[],
  upstreamLogs: readonly AccessLogIR[],
  clients: ClientHttpIR | undefined,
): HttpFilter[] {
  return [
    choiceFilter,
    ...inOrder(movable(slots, clients), positions),
    ...protectionFilters,
    routerFilter(upstreamLogs, clients?.headers?.enableEnvoyHeaders === true),
  ];
}

function movable(slots: FilterSlotsIR, clients: ClientHttpIR | undefined): HttpFilter[] {
  return [
    idle('custom_response', CustomResponse, {}),
    ...healthCheck(clients?.healthCheck?.path),
    idle('fault', HTTPFault, {}),
    // Idle on a route without its configuration, though it is not disabled.
    { name: 'envoy.filters.http.cors', configType: { $case: 'typedConfig', value: any(Cors, {}) } },
    idle('csrf', CsrfPolicy, { filterEnabled: millionths(0) }),
    idle('header_mutation', HeaderMutation, {}),
    place('ext_authz'),
    place('api_key_auth'),
    place('basic_auth'),
    place('oauth2'),
    slotFilter('jwt_authn', slots.jwt_authn),
    idle('stateful_session', StatefulSession, {}),
    idle('buffer', RequestBuffer, { maxRequestBytes: 1 }),
    slotFilter('plugins', slots.plugins),
    // Results of expressions, for the filter behind it.
    place('rbac/cel'),
    idle('rbac', RBAC, {}),
    slotFilter('local_ratelimit', slots.local_ratelimit),
    place('ratelimit'),
    idle('bandwidth_limit/request', BandwidthLimit, { statPrefix: 'request' }),
    idle('bandwidth_limit/response', BandwidthLimit, { statPrefix: 'response' }),
    ...(clients?.grpc?.enableWeb === true ? [grpcWeb] : []),
    place('credential_injector'),
    place('compressor'),
  ];
}

export function routerFilter(upstreamLogs: readonly AccessLogIR[], addsHeaders: boolean): HttpFilter {
  const upstreamLog = upstreamLogs.length === 0 ? {} : { upstreamLog: upstreamLogs.map(accessLog) };
  const value = any(Router, { ...upstreamLog, suppressEnvoyHeaders: !addsHeaders });
  return { name: 'envoy.filters.http.router', configType: { $case: 'typedConfig', value } };
}

const grpcWeb: HttpFilter = {
  name: 'envoy.filters.http.grpc_web',
  configType: { $case: 'typedConfig', value: any(GrpcWeb, {}) },
};

/** Answers requests for the path, whichever host they ask for, before any route. */
function healthCheck(path: string | undefined): HttpFilter[] {
  if (path === undefined) return [];
  const value = { matchPattern: { $case: 'exact', value: path } } as const;
  const headers = [{ name: ':path', headerMatchSpecifier: { $case: 'stringMatch', value } as const }];
  return [
    {
      name: 'envoy.filters.http.health_check',
      configType: { $case: 'typedConfig', value: any(HealthCheck, { passThroughMode: false, headers }) },
    },
  ];
}

function idle<T>(name: string, type: MessageType<T>, message: T): HttpFilter {
  return {
    name: `envoy.filters.http.${name}`,
    disabled: true,
    configType: { $case: 'typedConfig', value: any(type, message) },
  };
}

function place(name: string): HttpFilter {
  return idle(name, FilterChainConfig, {});
}
