import * as m from '../objects/manifests.ts';
import { secret } from './security-policy.ts';

export const endpoints = {
  issuer: 'https://issuer.test',
  authorizationEndpoint: 'https://issuer.test/auth',
  tokenEndpoint: 'https://issuer.test/token',
};
export const oidc = {
  provider: { ...endpoints, backendRefs: [m.backend('auth')] },
  clientID: 'shop',
  clientSecret: { name: 'login' },
};
/** Secret of the client. */
export const login = secret('login', { 'client-secret': 'canary-client', 'client-id': 'from-secret' });

export interface OidcConfig {
  readonly credentials: {
    readonly clientId: string;
    readonly tokenSecret: { readonly name: string };
    readonly hmacSecret: { readonly name: string };
    readonly cookieNames: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Returns the config of the filter that a route has. */
export function configIn(filters: Readonly<Record<string, object>>): OidcConfig {
  const place = filters['envoy.filters.http.oauth2'] as unknown as {
    readonly filterChain: {
      readonly filters: readonly { readonly typedConfig: { readonly config: OidcConfig } }[];
    };
  };
  const [filter] = place.filterChain.filters;
  if (filter === undefined) throw new Error('no filter');
  return filter.typedConfig.config;
}
