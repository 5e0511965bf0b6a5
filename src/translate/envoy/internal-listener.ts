import { ClusterLoadAssignment } from '../../../proto/gen/envoy/config/endpoint/v3/endpoint.ts';
import { Listener } from '../../../proto/gen/envoy/config/listener/v3/listener.ts';
import { RouteConfiguration } from '../../../proto/gen/envoy/config/route/v3/route.ts';
import { Router } from '../../../proto/gen/envoy/extensions/filters/http/router/v3/router.ts';
import {
  HttpConnectionManager,
  HttpConnectionManager_ServerHeaderTransformation,
} from '../../../proto/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts';
import { any, typeUrl } from './any.ts';
import { clusterResource } from './cluster.ts';
import { adsConfigSource } from './config-source.ts';
import { resource, type EncodedResource } from './resource.ts';

/**
 * Encodes the Listener and the Cluster of one name; `routes` is its RouteConfiguration. Needs the bootstrap extension
 * `envoy.bootstrap.internal_listener`.
 */
export function internalListenerResources(name: string, routes: string): EncodedResource[] {
  return [
    clusterResource({ name, endpoints: name, statName: name, protocol: 'http1', tls: undefined }),
    resource(ClusterLoadAssignment, name, {
      clusterName: name,
      endpoints: [{ lbEndpoints: [{ hostIdentifier: { $case: 'endpoint', value: { address: at(name) } } }] }],
    }),
    resource(Listener, name, listener(name, routes), [
      { typeUrl: typeUrl(RouteConfiguration), name: routes },
    ]),
  ];
}

function listener(name: string, routes: string): Listener {
  const config = { $case: 'typedConfig', value: any(HttpConnectionManager, manager(routes)) } as const;
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

/** Requests have passed the manager of the outer listener, which has hardened and logged them. */
function manager(routes: string): HttpConnectionManager {
  return {
    statPrefix: 'misdirected',
    routeSpecifier: {
      $case: 'rds',
      value: { configSource: adsConfigSource, routeConfigName: routes },
    },
    httpFilters: [router],
    serverHeaderTransformation: HttpConnectionManager_ServerHeaderTransformation.PASS_THROUGH,
    upgradeConfigs: [{ upgradeType: 'websocket' }],
  };
}

const router = {
  name: 'envoy.filters.http.router',
  configType: { $case: 'typedConfig', value: any(Router, { suppressEnvoyHeaders: true }) },
} as const;
