import type { StringMatch } from '../kinds/envoy-gateway/string-match.ts';

/** Sends people without a session to an OpenID provider. Part of `security-ir.ts`. */
export interface OidcIR {
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  /** Cluster of the token endpoint. */
  readonly cluster: string;
  readonly timeoutMs: number | undefined;
  /** Undefined: a call is made once. */
  readonly retry: CallRetryIR | undefined;
  /** Where people end their session at the provider, too. */
  readonly endSessionEndpoint: string | undefined;
  readonly clientId: string;
  /** SDS names. */
  readonly clientSecret: string;
  readonly sessionKey: string;
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  /** May have the operators of access logs. */
  readonly redirectUri: string;
  readonly redirectPath: string;
  readonly logoutPath: string;
  readonly cookies: CookiesIR;
  readonly forwardsAccessToken: boolean;
  /** Header in which backends get the ID token; undefined: none. */
  readonly idTokenHeader: string | undefined;
  readonly refreshes: boolean;
  /** Undefined: Envoy's defaults. */
  readonly tokenMs: number | undefined;
  readonly refreshTokenMs: number | undefined;
  readonly loginMs: number | undefined;
  /** Tokens stand in cookies as they are. */
  readonly isPlain: boolean;
  /** A request with one of these headers has a token of its own, which another filter verifies. */
  readonly passes: readonly TokenHeaderIR[];
  /** Requests with one of these headers get 401 where others are sent to the provider. */
  readonly refuses: readonly (StringMatch & { readonly name: string })[];
}

export interface CallRetryIR {
  readonly attempts: number;
  /** Envoy's names of conditions. */
  readonly on: readonly string[];
  readonly backoffMs: number | undefined;
  readonly maxBackoffMs: number | undefined;
}

export interface CookiesIR {
  /** End of the names of the policy's cookies: policies of one host must not share any. */
  readonly suffix: string;
  readonly accessToken: string | undefined;
  readonly idToken: string | undefined;
  /** Undefined: the host of the request. */
  readonly domain: string | undefined;
  readonly sameSite: 'Lax' | 'Strict' | 'None' | undefined;
}

export interface TokenHeaderIR {
  readonly name: string;
  /** Empty: any value. */
  readonly prefix: string;
}
