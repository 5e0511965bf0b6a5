import type { Metadata } from '../../../proto/gen/envoy/config/core/v3/base.ts';
import { ApiVersion } from '../../../proto/gen/envoy/config/core/v3/config_source.ts';
import type { TypedExtensionConfig } from '../../../proto/gen/envoy/config/core/v3/extension.ts';
import {
  ExtAuthz,
  ExtAuthzPerRoute,
  type HttpService,
} from '../../../proto/gen/envoy/extensions/filters/http/ext_authz/v3/ext_authz.ts';
import { FilterChainConfigPerRoute } from '../../../proto/gen/envoy/extensions/filters/http/filter_chain/v3/filter_chain.ts';
import type { StatusCode } from '../../../proto/gen/envoy/type/v3/http_status.ts';
import type { ListStringMatcher } from '../../../proto/gen/envoy/type/matcher/v3/string.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import type { RouteNameIR } from '../ir.ts';
import type { ExternalAuthIR } from '../security-ir.ts';
import { any } from './any.ts';
import { duration } from './duration.ts';

/** Returns the config by which a route has its requests checked, by each server in turn. They all must let a request pass. */
export function authOnRoute(auths: readonly ExternalAuthIR[]): (readonly [string, Any])[] {
  if (auths.length === 0) return [];
  const filterChain = { filters: auths.map(authFilter) };
  return [
    ['envoy.filters.http.ext_authz', any(FilterChainConfigPerRoute, { filterChain })],
    ...auths.flatMap(({ context = [] }, position) =>
      context.length === 0 ? [] : [[nameOf(position), contextConfig(context)] as const],
    ),
  ];
}

/** Name of a route's object in its metadata, by which servers learn it; Envoy Gateway's. */
const routeNamespace = 'envoy-gateway';

/** Returns the name of a route's object for the servers that learn it. */
export function routeMetadata({ rule, ...object }: RouteNameIR): Metadata {
  const resource = { ...object, ...(rule === undefined ? {} : { sectionName: rule }) };
  return { filterMetadata: new Map([[routeNamespace, { resources: [resource] }]]) };
}

/** Envoy takes this from the route alone, under the name that the filter has in its place. */
function contextConfig(context: readonly (readonly [string, string])[]): Any {
  const value = { contextExtensions: new Map(context) };
  return any(ExtAuthzPerRoute, { override: { $case: 'checkSettings', value } });
}

function nameOf(position: number): string {
  return `auth-${position}`;
}

/** Without an answer in time a request gets 403, Envoy's default, or the status of its policy. */
function authFilter(auth: ExternalAuthIR, position: number): TypedExtensionConfig {
  const { allowedHeaders, maxBodyBytes, statusOnError } = auth;
  const filter: ExtAuthz = {
    services:
      auth.protocol === 'http'
        ? { $case: 'httpService', value: httpService(auth) }
        : { $case: 'grpcService', value: grpcService(auth) },
    transportApiVersion: ApiVersion.V3,
    ...(auth.failOpen === true ? { failureModeAllow: true } : {}),
    ...(auth.choosesRoute === true ? { clearRouteCache: true } : {}),
    ...(auth.learnsRoute === true ? { routeMetadataContextNamespaces: [routeNamespace] } : {}),
    // The schema has accepted no other status.
    ...(statusOnError === undefined ? {} : { statusOnError: { code: statusOnError as StatusCode } }),
    validateMutations: true,
    decoderHeaderMutationRules: { disallowExpression: { regex: ownHeaders } },
    ...(allowedHeaders.length === 0 ? {} : { allowedHeaders: named(allowedHeaders) }),
    ...(maxBodyBytes === 0 ? {} : { withRequestBody: { maxRequestBytes: maxBodyBytes } }),
  };
  return { name: nameOf(position), typedConfig: any(ExtAuthz, filter) };
}

function grpcService({ cluster: clusterName, authority, timeoutMs = defaultTimeoutMs }: ExternalAuthIR) {
  const targetSpecifier = { $case: 'envoyGrpc', value: { clusterName, authority } } as const;
  return { targetSpecifier, timeout: duration(timeoutMs) };
}

function httpService(auth: ExternalAuthIR): HttpService {
  const { cluster, authority, pathPrefix, path = '', allowedResponseHeaders } = auth;
  return {
    serverUri: {
      uri: `http://${authority}`,
      httpUpstreamType: { $case: 'cluster', value: cluster },
      timeout: duration(auth.timeoutMs ?? defaultTimeoutMs),
    },
    pathPrefix,
    ...(path === '' ? {} : { pathOverride: path }),
    // Envoy rejects an empty list, and takes no headers without one.
    ...(allowedResponseHeaders?.length === 0
      ? {}
      : {
          authorizationResponse: {
            allowedUpstreamHeaders:
              allowedResponseHeaders === undefined ? everyHeader : named(allowedResponseHeaders),
          },
        }),
  };
}

/** The API names none. Longer waits hold requests and their buffers, shorter ones refuse under load; Envoy Gateway's. */
const defaultTimeoutMs = 10_000;

function named(headers: readonly string[]): ListStringMatcher {
  return {
    patterns: headers.map((name) => ({ matchPattern: { $case: 'exact', value: name }, ignoreCase: true })),
  };
}

const everyHeader: ListStringMatcher = {
  patterns: [{ matchPattern: { $case: 'safeRegex', value: { regex: '[^:].*' } } }],
};

/** Headers that describe the answer's own message and connection: in the request they would break its framing. */
const ownHeaders =
  '(?i)(connection|content-(length|type|encoding)|date|keep-alive|proxy-connection|server|te|trailer|transfer-encoding|upgrade)';
