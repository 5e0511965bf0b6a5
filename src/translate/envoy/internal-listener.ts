import { TypedExtensionConfig } from '../../../proto/gen/envoy/config/core/v3/extension.ts';
import { ClusterLoadAssignment } from '../../../proto/gen/envoy/config/endpoint/v3/endpoint.ts';
import { Listener } from '../../../proto/gen/envoy/config/listener/v3/listener.ts';
import { RouteConfiguration } from '../../../proto/gen/envoy/config/route/v3/route.ts';
import { Router } from '../../../proto/gen/envoy/extensions/filters/http/router/v3/router.ts';
import {
  HttpConnectionManager,
  HttpConnectionManager_ServerHeaderTransformation,
} from '../../../proto/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts';
import type { HttpServerIR } from '../listener-ir.ts';
import { any, typeUrl } from './any.ts';
import { clusterResource } from './cluster.ts';
import { adsConfigSource } from './config-source.ts';
import { httpFilters } from './http-filters.ts';
import { resource, type EncodedResource } from './resource.ts';

/**
 * Encodes the Listener and the Cluster of one name; `routes` is its RouteConfiguration. Needs the bootstrap extension
 * `envoy.bootstrap.internal_listener`.
 */
export function internalListenerResources(name: string, routes: string): EncodedResource[] {
  return [
    clusterResource({ name, endpoints: name, statName: name, protocol: 'http1', tls: undefined }),
    assignment(name),
    resource(Listener, name, listener(name, manager('misdirected', routes, [router])), [
      { typeUrl: typeUrl(RouteConfiguration), name: routes },
    ]),
  ];
}

/** Encodes a Listener with all filters of routes, and its Cluster. Requests keep the protocol in which their client sent them. */
export function filteredListenerResources(
  name: string,
  routes: string,
  { filterSlots, filterOrder, accessLogs }: Pick<HttpServerIR, 'filterSlots' | 'filterOrder' | 'accessLogs'>,
): EncodedResource[] {
  const cluster = { name, endpoints: name, statName: name, protocol: 'http1', tls: undefined } as const;
  return [
    clusterResource({ ...cluster, isInternal: true }),
    assignment(name),
    resource(
      Listener,
      name,
      listener(
        name,
        manager('filtered', routes, httpFilters(filterSlots, filterOrder, accessLogs.upstream, undefined)),
      ),
      [
        ...Object.values(filterSlots)
          .flat()
          .map((slot) => ({ typeUrl: typeUrl(TypedExtensionConfig), name: slot })),
        { typeUrl: typeUrl(RouteConfiguration), name: routes },
      ],
    ),
  ];
}

function assignment(name: string): EncodedResource {
  return resource(ClusterLoadAssignment, name, {
    clusterName: name,
    endpoints: [{ lbEndpoints: [{ hostIdentifier: { $case: 'endpoint', value: { address: at(name) } } }] }],
  });
}

function listener(name: string, http: HttpConnectionManager): Listener {
  const config = { $case: 'typedConfig', value: any(HttpConnectionManager, http) } as const;
  return {
    name,
    listenerSpecifier: { $case: 'internalListener', value: {} },
    filterChains: [
      { name, filters: [{ name: 'envoy.filters.network.http_connection_manager', configType: config }] },
    ],
  };
}

function at(name: string) {
  return {
    address: {
      $case: 'envoyInternalAddress',
      value: { addressNameSpecifier: { $case: 'serverListenerName', value: name } },
    },
  } as const;
}

/**
 * Requests have passed the manager of the outer listener, which has hardened and logged them. It has written the client's
 * address at the end of X-Forwarded-For, where this one reads it.
 */
function manager(
  statPrefix: string,
  routes: string,
  filters: HttpConnectionManager['httpFilters'],
): HttpConnectionManager {
  return {
    statPrefix,
    routeSpecifier: {
      $case: 'rds',
      value: { configSource: adsConfigSource, routeConfigName: routes },
    },
    httpFilters: filters,
    serverHeaderTransformation: HttpConnectionManager_ServerHeaderTransformation.PASS_THROUGH,
    upgradeConfigs: [{ upgradeType: 'websocket' }],
  };
}

const router = {
  name: 'envoy.filters.http.router',
  configType: { $case: 'typedConfig', value: any(Router, { suppressEnvoyHeaders: true }) },
} as const;
