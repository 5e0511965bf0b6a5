import type { RetryPolicy } from '../../../proto/gen/envoy/config/core/v3/base.ts';
import type { HeaderMatcher } from '../../../proto/gen/envoy/config/route/v3/route_match.ts';
import {
  CookieConfig_SameSite as SameSite,
  OAuth2,
  OAuth2Config_AuthType as AuthType,
  type CookieConfigs,
  type OAuth2Config,
  type OAuth2Credentials,
} from '../../../proto/gen/envoy/extensions/filters/http/oauth2/v3/oauth.ts';
import type { SdsSecretConfig } from '../../../proto/gen/envoy/extensions/transport_sockets/tls/v3/secret.ts';
import type { PathMatcher } from '../../../proto/gen/envoy/type/matcher/v3/path.ts';
import type { Any } from '../../../proto/gen/google/protobuf/any.ts';
import type { CallRetryIR, CookiesIR, OidcIR, TokenHeaderIR } from '../oidc-ir.ts';
import { any } from './any.ts';
import { adsConfigSource } from './config-source.ts';
import { duration } from './duration.ts';
import { inPlace } from './in-place.ts';
import { textMatch } from './text-match.ts';

/** Returns the config by which a route has people log in. Its secrets come by SDS, so that a new one changes no route. */
export function oidcOnRoute(ir: OidcIR): readonly [string, Any] {
  return inPlace('envoy.filters.http.oauth2', any(OAuth2, { config: configOf(ir) }));
}

function configOf(ir: OidcIR): OAuth2Config {
  const { cookies, idTokenHeader } = ir;
  const isReplaced = ir.forwardsAccessToken || idTokenHeader?.toLowerCase() === 'authorization';
  return {
    tokenEndpoint: {
      uri: ir.tokenEndpoint,
      httpUpstreamType: { $case: 'cluster', value: ir.cluster },
      timeout: duration(ir.timeoutMs ?? defaultTimeoutMs),
    },
    ...(ir.retry === undefined ? {} : { retryPolicy: retryPolicy(ir.retry) }),
    authorizationEndpoint: ir.authorizationEndpoint,
    ...(ir.endSessionEndpoint === undefined ? {} : { endSessionEndpoint: ir.endSessionEndpoint }),
    credentials: credentialsOf(ir),
    redirectUri: ir.redirectUri,
    redirectPathMatcher: exactly(ir.redirectPath),
    signoutPath: exactly(ir.logoutPath),
    forwardBearerToken: ir.forwardsAccessToken,
    // Envoy removes the client's own header otherwise; it takes part in no login.
    preserveAuthorizationHeader: !isReplaced,
    ...(idTokenHeader === undefined ? {} : { forwardIdToken: { header: idTokenHeader } }),
    passThroughMatcher: ir.passes.map(tokenHeader),
    denyRedirectMatcher: ir.refuses.map(({ name, ...match }) => ({
      name,
      headerMatchSpecifier: { $case: 'stringMatch', value: textMatch(match) },
    })),
    authScopes: [...ir.scopes],
    resources: [...ir.resources],
    // The one that every provider has: https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication
    authType: AuthType.BASIC_AUTH,
    useRefreshToken: ir.refreshes,
    ...(ir.tokenMs === undefined ? {} : { defaultExpiresIn: duration(ir.tokenMs) }),
    ...(ir.refreshTokenMs === undefined ? {} : { defaultRefreshTokenExpiresIn: duration(ir.refreshTokenMs) }),
    ...(ir.loginMs === undefined ? {} : { csrfTokenExpiresIn: duration(ir.loginMs) }),
    disableTokenEncryption: ir.isPlain,
    cookieConfigs: cookieConfigs(cookies, ir.redirectPath),
  };
}

/** Longer waits hold people at slow providers, shorter ones refuse them; Envoy Gateway's. */
const defaultTimeoutMs = 10_000;

function retryPolicy({ attempts, on, backoffMs, maxBackoffMs }: CallRetryIR): RetryPolicy {
  const maxInterval = maxBackoffMs === undefined ? {} : { maxInterval: duration(maxBackoffMs) };
  return {
    numRetries: attempts,
    retryOn: on.join(','),
    ...(backoffMs === undefined
      ? {}
      : { retryBackOff: { baseInterval: duration(backoffMs), ...maxInterval } }),
  };
}

function credentialsOf({ clientId, clientSecret, sessionKey, cookies }: OidcIR): OAuth2Credentials {
  const { suffix, accessToken, idToken, domain } = cookies;
  return {
    clientId,
    tokenSecret: sds(clientSecret),
    tokenFormation: { $case: 'hmacSecret', value: sds(sessionKey) },
    cookieNames: {
      bearerToken: accessToken ?? `AccessToken-${suffix}`,
      oauthHmac: `OauthHMAC-${suffix}`,
      oauthExpires: `OauthExpires-${suffix}`,
      idToken: idToken ?? `IdToken-${suffix}`,
      refreshToken: `RefreshToken-${suffix}`,
      oauthNonce: `OauthNonce-${suffix}`,
      codeVerifier: `CodeVerifier-${suffix}`,
    },
    ...(domain === undefined ? {} : { cookieDomain: domain }),
  };
}

/** Cookies of a login that has not ended are for the way back alone: a browser would send them with every request. */
function cookieConfigs({ sameSite }: CookiesIR, path: string): CookieConfigs {
  const onWayBack = { ...(sameSite === undefined ? {} : { sameSite: sameSites[sameSite] }), path };
  const ofLogin = { oauthNonceCookieConfig: onWayBack, codeVerifierCookieConfig: onWayBack };
  if (sameSite === undefined) return ofLogin;
  const of = { sameSite: sameSites[sameSite] };
  return {
    ...ofLogin,
    bearerTokenCookieConfig: of,
    oauthHmacCookieConfig: of,
    oauthExpiresCookieConfig: of,
    idTokenCookieConfig: of,
    refreshTokenCookieConfig: of,
  };
}

const sameSites = { Lax: SameSite.LAX, Strict: SameSite.STRICT, None: SameSite.NONE } as const;

function tokenHeader({ name, prefix }: TokenHeaderIR): HeaderMatcher {
  const headerMatchSpecifier =
    prefix === ''
      ? ({ $case: 'presentMatch', value: true } as const)
      : ({ $case: 'stringMatch', value: textMatch({ type: 'Prefix', value: prefix }) } as const);
  return { name, headerMatchSpecifier };
}

function exactly(path: string): PathMatcher {
  return { rule: { $case: 'path', value: textMatch({ type: 'Exact', value: path }) } };
}

function sds(name: string): SdsSecretConfig {
  return { name, sdsConfig: adsConfigSource };
}
