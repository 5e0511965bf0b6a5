import { HeaderValueOption_HeaderAppendAction } from '../../../proto/gen/envoy/config/core/v3/base.ts';
import type { TypedExtensionConfig } from '../../../proto/gen/envoy/config/core/v3/extension.ts';
import { RouteConfiguration } from '../../../proto/gen/envoy/config/route/v3/route.ts';
import { ScopedRouteConfiguration } from '../../../proto/gen/envoy/config/route/v3/scoped_route.ts';
import type { ScopedRoutes } from '../../../proto/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.ts';
import { HeaderMutation } from '../../../proto/gen/envoy/extensions/http/early_header_mutation/header_mutation/v3/header_mutation.ts';
import {
  evenParity,
  isSharded,
  scopeCollection,
  scopeName,
  shardCount,
  tableParts,
} from '../../units/route-shard.ts';
import { any, typeUrl } from './any.ts';
import { adsConfigSource } from './config-source.ts';
import { resource, type EncodedName, type EncodedResource } from './resource.ts';

/** Request header that holds the number of a request's shard until a route is found. */
export const shardHeader = 'x-sluice-shard';

/** Encodes the scopes of a table in shards; none for another. They never change. */
export function scopes(table: string): EncodedResource[] {
  if (!isSharded(table)) return [];
  return tableParts(table).map((routeConfigurationName, shard) => {
    const name = scopeName(table, shard);
    const key = { fragments: [{ type: { $case: 'stringKey' as const, value: String(shard) } }] };
    const uses = [{ typeUrl: typeUrl(RouteConfiguration), name: routeConfigurationName }];
    return resource(ScopedRouteConfiguration, name, { name, routeConfigurationName, key }, uses);
  });
}

/** Names the resources by which a listener finds the routes of a table. */
export function tableNames(table: string): EncodedName[] {
  if (!isSharded(table)) return [{ typeUrl: typeUrl(RouteConfiguration), name: table }];
  return Array.from({ length: shardCount }, (_, shard) => ({
    typeUrl: typeUrl(ScopedRouteConfiguration),
    name: scopeName(table, shard),
  }));
}

/** Makes Envoy look for a request's routes in the shard of its Host header. */
export function scopedRoutes(table: string): ScopedRoutes {
  return {
    name: table,
    scopeKeyBuilder: {
      fragments: [
        {
          type: {
            $case: 'headerValueExtractor',
            value: { name: shardHeader, elementSeparator: '', extractType: { $case: 'index', value: 0 } },
          },
        },
      ],
    },
    rdsConfigSource: adsConfigSource,
    configSpecifier: {
      $case: 'scopedRds',
      value: { scopedRdsConfigSource: adsConfigSource, srdsResourcesLocator: scopeCollection(table) },
    },
  };
}

/** Overwrites the header before Envoy looks for routes and filters, so that a client's own value has no effect. */
export const shardOfRequest: TypedExtensionConfig = {
  name: 'sluice.route_shard',
  typedConfig: any(HeaderMutation, {
    mutations: [
      {
        action: {
          $case: 'append',
          value: {
            header: { key: shardHeader, value: `%CEL(${shardExpression()})%` },
            appendAction: HeaderValueOption_HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD,
            keepEmptyValue: false,
          },
        },
      },
    ],
  }),
};

/** Adds the bits whose expression does not match. */
function shardExpression(): string {
  return evenParity()
    .map((expression, bit) => `(request.host.matches('${expression}') ? 0 : ${1 << bit})`)
    .join(' + ');
}
