import { isIP } from 'node:net';

/** Endpoints of an OpenID provider. */
export interface Endpoints {
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly endSessionEndpoint: string | undefined;
}

export type Discovered =
  | { readonly kind: 'endpoints'; readonly endpoints: Endpoints }
  | { readonly kind: 'bad'; readonly problem: string };

/**
 * Reads a discovery document. Quotes nothing of it: the author of a policy chooses the URL and reads the status, so it must not
 * carry what another server answers.
 */
export function parseDiscovery(text: string, issuer: string): Discovered {
  const document = mapOf(text);
  if (document === undefined) return bad('is no JSON map');
  // https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationValidation
  if (document['issuer'] !== issuer) return bad('is of another issuer than the one that is asked for');
  const { authorization_endpoint: login, token_endpoint: token, end_session_endpoint: logout } = document;
  if (!isEndpoint(login)) return bad('has no authorization_endpoint that is a URL with https');
  if (!isEndpoint(token) || hasAddress(token))
    return bad('has no token_endpoint that is a URL with https and a DNS name');
  if (logout !== undefined && !isEndpoint(logout))
    return bad('has an end_session_endpoint that is no URL with https');
  return {
    kind: 'endpoints',
    endpoints: { authorizationEndpoint: login, tokenEndpoint: token, endSessionEndpoint: logout },
  };
}

function mapOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Envoy rejects a whole virtual host for a URL that it cannot read, so no other character may come from a document. */
const endpoint = /^https:\/\/[\w.:[\]-]+([/?][\w!$%&'()*+,./:;=?@~[\]-]*)?$/;
const maxCharacters = 2048;

function isEndpoint(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > maxCharacters) return false;
  return endpoint.test(value) && URL.canParse(value);
}

function hasAddress(url: string): boolean {
  return isIP(new URL(url).hostname.replaceAll(/[[\]]/g, '')) !== 0;
}

function bad(problem: string): Discovered {
  return { kind: 'bad', problem };
}
