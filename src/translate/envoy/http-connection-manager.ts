import { HttpProtocolOptions_HeadersWithUnderscoresAction } from '../../../proto/gen/envoy/config/core/v3/protocol.ts';
import type { Filter } from '../../../proto/gen/envoy/config/listener/v3/listener_components.ts';
import { Cors } from '../../../proto/gen/envoy/extensions/filters/http/cors/v3/cors.ts';
import { ExternalProcessor } from '../../../proto/gen/envoy/extensions/filters/http/ext_proc/v3/ext_proc.ts';
import { Lua } from '../../../proto/gen/envoy/extensions/filters/http/lua/v3/lua.ts';
import { Wasm } from '../../../proto/gen/envoy/extensions/filters/http/wasm/v3/wasm.ts';
import { Router } from '../../../proto/gen/envoy/extensions/filters/http/router/v3/router.ts';
import {
  HttpConnectionManager,
  HttpConnectionManager_PathWithEscapedSlashesAction,
  HttpConnectionManager_ServerHeaderTransformation,
  type HttpFilter,
} from '../../../proto/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts';
import type { AccessLogIR, FilterIR } from '../ir.ts';
import { accessLog } from './access-log.ts';
import { any, typeUrl, type MessageType } from './any.ts';
import { adsConfigSource } from './config-source.ts';

/**
 * The network filter of every filter chain. Hardened as Envoy asks of an edge proxy, with Envoy Gateway's values:
 * https://www.envoyproxy.io/docs/envoy/latest/configuration/best_practices/edge
 */
export function httpConnectionManager(
  routeConfiguration: string,
  statPrefix: string,
  accessLogs: readonly AccessLogIR[],
  extensions: readonly FilterIR[],
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
        httpFilters: [cors, ...extensions.map(extension), router],
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
        ...(accessLogs.length === 0 ? {} : { accessLog: accessLogs.map(accessLog) }),
      }),
    },
  };
}

/** Always there, and idle on a route without its configuration. */
const cors = httpFilter('envoy.filters.http.cors', Cors, {});
const router = httpFilter('envoy.filters.http.router', Router, { suppressEnvoyHeaders: true });

/** Its config comes by ECDS: the plugin changes without the listener, whose connections would be drained. */
function extension({ name, type }: FilterIR): HttpFilter {
  return {
    name,
    disabled: true,
    configType: {
      $case: 'configDiscovery',
      value: { configSource: adsConfigSource, typeUrls: [typeUrl(configTypes[type])] },
    },
  };
}

const configTypes = { lua: Lua, ext_proc: ExternalProcessor, wasm: Wasm } as const;

function httpFilter<T>(name: string, type: MessageType<T>, message: T): HttpFilter {
  return { name, configType: { $case: 'typedConfig', value: any(type, message) } };
}
