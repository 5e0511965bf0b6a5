import { HttpProtocolOptions_HeadersWithUnderscoresAction } from '../../../proto/gen/envoy/config/core/v3/protocol.ts';
import type { Filter } from '../../../proto/gen/envoy/config/listener/v3/listener_components.ts';
import {
  HttpConnectionManager,
  HttpConnectionManager_PathWithEscapedSlashesAction,
  HttpConnectionManager_ServerHeaderTransformation,
} from '../../../proto/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts';
import type { HttpServerIR } from '../listener-ir.ts';
import { accessLogField } from './access-log.ts';
import { any } from './any.ts';
import { adsConfigSource } from './config-source.ts';
import { httpFilters } from './http-filters.ts';
import { httpTracing } from './http-tracing.ts';

/**
 * Encodes the network filter of every filter chain, hardened as Envoy asks of an edge proxy, with Envoy Gateway's values:
 * https://www.envoyproxy.io/docs/envoy/latest/configuration/best_practices/edge
 */
export function httpConnectionManager(
  routeConfiguration: string,
  statPrefix: string,
  { accessLogs, tracing, filterSlots, filterOrder }: HttpServerIR,
): Filter {
  return {
    name: 'envoy.filters.network.http_connection_manager',
    configType: {
      $case: 'typedConfig',
      value: any(HttpConnectionManager, {
        statPrefix,
        routeSpecifier: {
          $case: 'rds',
          value: { configSource: adsConfigSource, routeConfigName: routeConfiguration },
        },
        httpFilters: httpFilters(filterSlots, filterOrder, accessLogs.upstream),
        useRemoteAddress: true,
        normalizePath: true,
        mergeSlashes: true,
        pathWithEscapedSlashesAction:
          HttpConnectionManager_PathWithEscapedSlashesAction.UNESCAPE_AND_REDIRECT,
        serverHeaderTransformation: HttpConnectionManager_ServerHeaderTransformation.PASS_THROUGH,
        commonHttpProtocolOptions: {
          headersWithUnderscoresAction: HttpProtocolOptions_HeadersWithUnderscoresAction.REJECT_REQUEST,
        },
        http2ProtocolOptions: {
          maxConcurrentStreams: 100,
          initialStreamWindowSize: 65_536,
          initialConnectionWindowSize: 1_048_576,
        },
        upgradeConfigs: [{ upgradeType: 'websocket' }],
        ...accessLogField(accessLogs.route),
        ...(tracing === undefined ? {} : { tracing: httpTracing(tracing) }),
      }),
    },
  };
}
