import type { Filter } from '../../../proto/gen/envoy/config/listener/v3/listener_components.ts';
import {
  HttpConnectionManager,
  HttpConnectionManager_ServerHeaderTransformation,
} from '../../../proto/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts';
import { isSharded } from '../../units/route-shard.ts';
import type { ClientHttpIR } from '../client-ir.ts';
import type { HttpServerIR } from '../listener-ir.ts';
import { accessLogField } from './access-log.ts';
import { any } from './any.ts';
import { clientHttp } from './client-http.ts';
import { adsConfigSource } from './config-source.ts';
import { httpFilters, routerFilter } from './http-filters.ts';
import { httpTracing } from './http-tracing.ts';
import { scopedRoutes, shardOfRequest } from './scoped-routes.ts';

/**
 * Encodes the network filter of every filter chain, hardened as Envoy asks of an edge proxy, with Envoy Gateway's values:
 * https://www.envoyproxy.io/docs/envoy/latest/configuration/best_practices/edge
 */
export function httpConnectionManager(
  table: string,
  statPrefix: string,
  server: HttpServerIR,
  clients: ClientHttpIR | undefined,
): Filter {
  const { accessLogs, tracing, filterSlots, filterOrder } = server;
  return filter({
    statPrefix,
    httpFilters: httpFilters(filterSlots, filterOrder, accessLogs.upstream, clients),
    ...common(server),
    ...routesOf(table, clientHttp(clients)),
    upgradeConfigs: [{ upgradeType: 'websocket' }],
    ...(tracing === undefined ? {} : { tracing: httpTracing(tracing) }),
  });
}

/** Adds the source of routes. The shard comes last, so that no other change of headers forges it. */
function routesOf(table: string, http: Partial<HttpConnectionManager>): Partial<HttpConnectionManager> {
  if (!isSharded(table)) {
    const rds = { configSource: adsConfigSource, routeConfigName: table };
    return { ...http, routeSpecifier: { $case: 'rds', value: rds } };
  }
  return {
    ...http,
    routeSpecifier: { $case: 'scopedRoutes', value: scopedRoutes(table) },
    earlyHeaderMutationExtensions: [...(http.earlyHeaderMutationExtensions ?? []), shardOfRequest],
  };
}

/** Answers 500 to every request: the policy of the listener is wrong, and may be what restricts clients. */
export function closedConnectionManager(statPrefix: string, server: HttpServerIR): Filter {
  const answer = {
    name: 'invalid-policy',
    match: { pathSpecifier: { $case: 'prefix', value: '/' } },
    action: { $case: 'directResponse', value: { status: 500 } },
  } as const;
  return filter({
    statPrefix,
    routeSpecifier: {
      $case: 'routeConfig',
      value: {
        name: 'invalid-policy',
        virtualHosts: [{ name: 'all', domains: ['*'], routes: [answer] }],
      },
    },
    httpFilters: [routerFilter([], false)],
    ...common(server),
    ...clientHttp(undefined),
  });
}

function common({ accessLogs }: HttpServerIR): Partial<HttpConnectionManager> {
  return {
    normalizePath: true,
    serverHeaderTransformation: HttpConnectionManager_ServerHeaderTransformation.PASS_THROUGH,
    ...accessLogField(accessLogs.route),
  };
}

function filter(manager: HttpConnectionManager): Filter {
  return {
    name: 'envoy.filters.network.http_connection_manager',
    configType: { $case: 'typedConfig', value: any(HttpConnectionManager, manager) },
  };
}
