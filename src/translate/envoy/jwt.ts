import { TypedExtensionConfig } from '../../../proto/gen/envoy/config/core/v3/extension.ts';
import {
  JwtAuthentication,
  type JwtProvider,
  type JwtRequirement,
} from '../../../proto/gen/envoy/extensions/filters/http/jwt_authn/v3/config.ts';
import type { TokenChainIR, TokenKeysIR, TokenProviderIR } from '../security-ir.ts';
import { any, encode } from './any.ts';
import { duration } from './duration.ts';
import { chainPart } from './filter-slot.ts';
import type { EncodedResource } from './resource.ts';

/** Name under which Envoy's filter leaves claims in the metadata of a request. */
export const claimsFilter = 'envoy.filters.http.jwt_authn';

/** Claims with scopes: lists of words (RFC 8693, section 4.2), and the same under Microsoft's name. */
export const scopeClaims = ['scope', 'scp'] as const;

export function tokenChainResource(ir: TokenChainIR): EncodedResource {
  return chainPart(ir.part, ir.chain, [[encode(TypedExtensionConfig, tokenFilter(ir))]]);
}

/** Returns the filter of a chain. Its one rule is for every request: one without a rule would pass. */
function tokenFilter({ providers, passes }: TokenChainIR): TypedExtensionConfig {
  const requirements: JwtRequirement[] = [
    ...providers.map(({ name }): JwtRequirement => ({
      requiresType: { $case: 'providerName', value: name },
    })),
    ...passing[passes],
  ];
  const [first] = requirements;
  const requires: JwtRequirement | undefined =
    requirements.length === 1 ? first : { requiresType: { $case: 'requiresAny', value: { requirements } } };
  const filter: JwtAuthentication = {
    providers: new Map(providers.map((provider) => [provider.name, providerOf(provider)])),
    rules: [
      {
        match: { pathSpecifier: { $case: 'prefix', value: '' } },
        ...(requires === undefined ? {} : { requirementType: { $case: 'requires', value: requires } }),
      },
    ],
  };
  return { name: claimsFilter, typedConfig: any(JwtAuthentication, filter) };
}

const passing: Readonly<Record<TokenChainIR['passes'], readonly JwtRequirement[]>> = {
  none: [],
  missing: [{ requiresType: { $case: 'allowMissing', value: {} } }],
  all: [{ requiresType: { $case: 'allowMissingOrFailed', value: {} } }],
};

function providerOf({
  name,
  issuer,
  audiences,
  keys,
  headers,
  from,
  choosesRoute,
}: TokenProviderIR): JwtProvider {
  return {
    ...(issuer === '' ? {} : { issuer }),
    ...(audiences.length === 0 ? {} : { audiences: [...audiences] }),
    jwksSourceSpecifier: keysOf(keys),
    forward: true,
    payloadInMetadata: name,
    normalizePayloadInMetadata: { spaceDelimitedClaims: [...scopeClaims] },
    ...(headers.length === 0
      ? {}
      : { claimToHeaders: headers.map(({ header, claim }) => ({ headerName: header, claimName: claim })) }),
    ...(choosesRoute ? { clearRouteCache: true } : {}),
    ...(from === undefined
      ? {}
      : {
          fromHeaders: from.headers.map((header) => ({ ...header })),
          fromCookies: [...from.cookies],
          fromParams: [...from.params],
        }),
  };
}

/**
 * Keys of a server are fetched beside the requests, so that the known ones go on while it does not answer. Without
 * `fastListener` a slot would wait for it, and all chains of the slot with it.
 */
function keysOf(keys: TokenKeysIR): NonNullable<JwtProvider['jwksSourceSpecifier']> {
  if (keys.kind === 'local')
    return { $case: 'localJwks', value: { specifier: { $case: 'inlineString', value: keys.jwks } } };
  const { uri, cluster, cacheMs, refetchMs } = keys;
  return {
    $case: 'remoteJwks',
    value: {
      httpUri: { uri, httpUpstreamType: { $case: 'cluster', value: cluster }, timeout: duration(fetchMs) },
      cacheDuration: duration(cacheMs),
      asyncFetch: {
        fastListener: true,
        ...(refetchMs === undefined ? {} : { failedRefetchDuration: duration(refetchMs) }),
      },
    },
  };
}

/** Longer waits hold requests that come before the first keys, shorter ones give up on slow servers; Envoy Gateway's. */
const fetchMs = 10_000;
