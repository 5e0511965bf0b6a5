import type { ClusterSettings } from './cluster-settings.ts';
import type { SecuritySpec } from './security-policy.ts';

/** Servers that a SecurityPolicy names, as a cluster with their settings names them. */

export const authServerPart = 'extAuth';
export const providerPart = 'oidc';

/** Providers have names, and an edit of their order changes no cluster. */
export function keyServerPart(provider: string): string {
  return `${keysOf}${provider}`;
}

export function securityServerAt(
  { extAuth, jwt, oidc }: SecuritySpec,
  part: string,
): { readonly backendSettings?: ClusterSettings | undefined } | undefined {
  if (part === authServerPart) return extAuth?.grpc ?? extAuth?.http;
  if (part === providerPart) return oidc?.provider;
  return jwt?.providers.find(({ name }) => part === keyServerPart(name))?.remoteJWKS;
}

const keysOf = 'jwt/';
