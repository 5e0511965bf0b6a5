import type { AuthorizationRule } from '../kinds/envoy-gateway/authorization.ts';
import type { OidcIR } from './oidc-ir.ts';

/** Parts of SecurityPolicies, beside those that filters of routes have too. Undefined: nothing. All of it must hold. */
export interface SecurityIR {
  readonly csrf: CsrfIR | undefined;
  readonly keys: ClientKeysIR | undefined;
  readonly users: UsersIR | undefined;
  readonly oidc: OidcIR | undefined;
  readonly authorization: AuthorizationIR | undefined;
}

export interface CsrfIR {
  /** Share of a million requests that must come from a page of the same or of another allowed origin. */
  readonly enforced: number;
  /** True: the other requests are counted. */
  readonly countsRest: boolean;
  /** Hosts, with ports where these are not the scheme's own; `*` stands for any text. */
  readonly hosts: readonly string[];
}

/** Users with the hashes of their passwords. */
export interface UsersIR {
  /** Lines `name:{SHA}hash`. */
  readonly lines: string;
  /** Header in which a backend gets the user's name; undefined: none. */
  readonly header: string | undefined;
}

export interface ClientKeysIR {
  readonly clients: readonly { readonly client: string; readonly key: string }[];
  /** Parts of the request that may hold the key; the first that is there decides. */
  readonly sources: readonly { readonly kind: 'header' | 'query' | 'cookie'; readonly name: string }[];
  /** Header in which a backend gets the client's name; undefined: none. */
  readonly header: string | undefined;
  /** True: backends do not see the key. */
  readonly isHidden: boolean;
}

/** The first rule that matches decides. */
export interface AuthorizationIR {
  readonly rules: readonly AuthorizationRule[];
  readonly rest: 'Allow' | 'Deny';
}

/** Verifies the tokens of clients. Any of the providers suffices. */
export interface TokenChainIR {
  /** Name of the chain's config in xDS. */
  readonly part: string;
  readonly chain: string;
  /** Requests that pass without a valid token: none, those without any token, or all. */
  readonly passes: 'none' | 'missing' | 'all';
  readonly providers: readonly TokenProviderIR[];
}

export interface TokenProviderIR {
  readonly name: string;
  /** Empty: any. */
  readonly issuer: string;
  /** Empty: any. */
  readonly audiences: readonly string[];
  readonly keys: TokenKeysIR;
  /** Headers that backends get, with the claims that they hold. */
  readonly headers: readonly { readonly header: string; readonly claim: string }[];
  /** Parts of the request that may hold a token; undefined: `Authorization: Bearer`, and the parameter `access_token`. */
  readonly from: TokenPlacesIR | undefined;
  /** True: the route is chosen again, by the headers that claims of any of the providers are in. */
  readonly choosesRoute: boolean;
}

export interface TokenPlacesIR {
  readonly headers: readonly { readonly name: string; readonly valuePrefix: string }[];
  readonly cookies: readonly string[];
  readonly params: readonly string[];
}

export type TokenKeysIR =
  /** JSON of a key set. */
  | { readonly kind: 'local'; readonly jwks: string }
  | {
      readonly kind: 'remote';
      readonly uri: string;
      readonly cluster: string;
      readonly cacheMs: number;
      readonly refetchMs: number | undefined;
    };

/** A server that says which requests may pass. */
export interface ExternalAuthIR {
  readonly protocol: 'grpc' | 'http';
  readonly cluster: string;
  readonly authority: string;
  /** Headers that it gets, in any case; empty: all for gRPC, and Envoy's few for HTTP. */
  readonly allowedHeaders: readonly string[];
  /** Headers of its answer that are written into the request; undefined: all. Of HTTP alone, as gRPC answers name them. */
  readonly allowedResponseHeaders: readonly string[] | undefined;
  readonly pathPrefix: string;
  /** Path of all checks; empty: that of the request, behind the prefix. */
  readonly path?: string;
  /** Largest body that it gets, and that passes; 0: it gets none. */
  readonly maxBodyBytes: number;
  /** Undefined: ten seconds. */
  readonly timeoutMs?: number | undefined;
  /** True: requests pass when the server does not answer. */
  readonly failOpen?: boolean;
  /** True: the route is chosen again, by the headers that the answer has written. */
  readonly choosesRoute?: boolean;
  /** True: the server learns which route has the request. Of gRPC alone. */
  readonly learnsRoute?: boolean;
  /** Undefined: 403. */
  readonly statusOnError?: number | undefined;
  /** Texts for the server, by name. Of gRPC alone. */
  readonly context?: readonly (readonly [string, string])[];
}
