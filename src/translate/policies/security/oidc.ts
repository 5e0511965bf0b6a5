import { redirectPath, type Oidc } from '../../../kinds/envoy-gateway/oidc.ts';
import { sessionKeyKey } from '../../../kinds/own/session-key.ts';
import type { Problem } from '../../../kinds/row.ts';
import { contentHash } from '../../../lib/hash.ts';
import type { ReadKey } from '../../../lib/key.ts';
import type { PolicyName } from '../../../units/plugin-chain.ts';
import { secretName } from '../../../units/secret-name.ts';
import type { OidcIR } from '../../oidc-ir.ts';
import type { Reader } from '../../reader.ts';
import { regexProblem } from '../../routes/http/regex.ts';
import { clientIdOf, clientSecretOf } from './client-secret.ts';
import { passedHeaders } from './passed-headers.ts';
import { endpointKeys, providerEndpoints } from './provider.ts';
import type { Security } from './rule-security.ts';
import { secretKeys } from './secret.ts';
import { hasSessionKey } from './session-key.ts';

/** Two ways in which a login cannot be had. */
export interface LoginFaults {
  /** A user must act. */
  readonly problems: Problem[];
  /** It comes by itself. */
  readonly waiting: Problem[];
}

export function oidcKeys({ provider, clientIDRef, clientSecret }: Oidc, home: string): ReadKey[] {
  return [
    sessionKeyKey,
    ...endpointKeys(provider, home),
    ...secretKeys(home, clientSecret),
    ...(clientIDRef === undefined ? [] : secretKeys(home, clientIDRef)),
  ];
}

/** Returns undefined when there are faults, and also for faults of which another part of the policy tells. */
export function translateOidc(
  reader: Reader,
  oidc: Oidc,
  of: Security,
  { problems, waiting }: LoginFaults,
): OidcIR | undefined {
  const owner = of.ownerOf('oidc');
  const home = owner.namespace;
  const before = problems.length + waiting.length;
  const endpoints = providerEndpoints(reader, owner, oidc.provider, { problems, waiting });
  const clientId =
    oidc.clientIDRef === undefined ? oidc.clientID : clientIdOf(reader, home, oidc.clientIDRef, problems);
  const clientSecret = clientSecretOf(reader, home, oidc.clientSecret, problems);
  const passes = passedHeaders(oidc, of.spec.jwt, problems);
  const refuses = oidc.denyRedirect?.headers ?? [];
  for (const [i, { type, value }] of refuses.entries()) {
    const message = type === 'RegularExpression' ? regexProblem(value, home) : undefined;
    if (message !== undefined) problems.push({ path: `spec.oidc.denyRedirect.headers[${i}].value`, message });
  }
  if (!hasSessionKey(reader))
    waiting.push({ path: 'spec.oidc', message: 'Sluice has no key of sessions yet' });
  if (problems.length + waiting.length > before) return undefined;
  if (endpoints === undefined || clientId === undefined || clientSecret === undefined) return undefined;
  return {
    ...endpoints,
    clientId,
    clientSecret,
    sessionKey: secretName({ kind: 'SessionKey', ...owner }),
    scopes: oidc.scopes.includes('openid') ? oidc.scopes : [...oidc.scopes, 'openid'],
    resources: oidc.resources,
    redirectUri: oidc.redirectURL,
    redirectPath: redirectPath(oidc.redirectURL),
    logoutPath: oidc.logoutPath,
    cookies: {
      suffix: cookieSuffix(owner),
      accessToken: oidc.cookieNames?.accessToken,
      idToken: oidc.cookieNames?.idToken,
      domain: oidc.cookieDomain,
      sameSite: oidc.cookieConfig?.sameSite,
    },
    forwardsAccessToken: oidc.forwardAccessToken,
    idTokenHeader: oidc.forwardIDToken?.header.toLowerCase(),
    refreshes: oidc.refreshToken,
    tokenMs: oidc.defaultTokenTTL,
    refreshTokenMs: oidc.defaultRefreshTokenTTL,
    loginMs: oidc.csrfTokenTTL,
    isPlain: oidc.disableTokenEncryption,
    passes,
    refuses,
  };
}

/** The same again for a policy that is made anew: people stay logged in. */
function cookieSuffix({ namespace, name }: PolicyName): string {
  return contentHash(`${namespace}/${name}`).slice(0, 8);
}
