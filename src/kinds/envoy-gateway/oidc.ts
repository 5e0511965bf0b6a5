import { z } from 'zod';
import { headerName } from '../gateway-api/http-route-match.ts';
import { identifier } from '../shape/identifier.ts';
import { durationMs, visibleText } from '../shape/shape.ts';
import { secretRef } from './secret-ref.ts';
import { backendSettings, serverRef, serverRefs } from './server-ref.ts';
import { stringMatch } from './string-match.ts';

/** Part of a SecurityPolicy that sends people to an OpenID provider to log in. */

/** Envoy rejects a whole virtual host for a URL that it cannot read. */
const endpoint = z
  .string()
  .max(2048)
  .regex(/^https?:\/\/[\w.:[\]-]+([/?][\w!$%&'()*+,./:;=?@~[\]-]*)?$/, 'must be a URL with http or https')
  .refine((text) => URL.canParse(text), 'must be a URL with http or https');

const provider = z.object({
  issuer: z
    .string()
    .max(2048)
    .regex(/^https:\/\/[\w.:[\]-]+(\/[\w!$%&'()*+,./:;=@~-]*)?$/, 'must be a URL with https, without a query')
    .refine((text) => URL.canParse(text), 'must be a URL with https'),
  authorizationEndpoint: endpoint.optional(),
  tokenEndpoint: endpoint.optional(),
  endSessionEndpoint: endpoint.optional(),
  backendRef: serverRef.optional(),
  backendRefs: serverRefs,
  backendSettings,
});

/** A path of URLs that is compared as a whole. Envoy's cookies and formats have no place for other characters. */
const path = /^\/[\w!$&'()*+./:=@~-]+$/;

const redirectURL = z
  .string()
  .max(2048)
  .regex(
    /^(https?|%REQ\(x-forwarded-proto\)%):\/\/([\w.:-]+|%REQ\(:authority\)%)\/[\w!$&'()*+./:=@~-]+$/,
    'must be a URL with a path, which may begin with "%REQ(x-forwarded-proto)%://%REQ(:authority)%"',
  );

const cookieName = z.string().max(256).regex(identifier.token, 'must be the name of a cookie').optional();

const lifetime = durationMs.refine((ms) => ms >= 1000, 'must be a second or more').optional();

export const oidc = z
  .object({
    provider,
    clientID: visibleText(1024).min(1).optional(),
    clientIDRef: secretRef.optional(),
    clientSecret: secretRef,
    cookieNames: z.object({ accessToken: cookieName, idToken: cookieName }).optional(),
    cookieConfig: z.object({ sameSite: z.enum(['Lax', 'Strict', 'None']).optional() }).optional(),
    cookieDomain: z.string().max(253).regex(identifier.subdomain, 'must be a DNS name').optional(),
    scopes: z.array(visibleText(256).min(1)).max(64).default([]),
    resources: z.array(visibleText(2048).min(1)).max(64).default([]),
    redirectURL: redirectURL.default('%REQ(x-forwarded-proto)%://%REQ(:authority)%/oauth2/callback'),
    denyRedirect: z
      .object({
        headers: z
          .array(stringMatch.extend({ name: headerName.min(1) }))
          .min(1)
          .max(16),
      })
      .optional(),
    logoutPath: z.string().max(1024).regex(path, 'must be a path that starts with "/"').default('/logout'),
    forwardAccessToken: z.boolean().default(false),
    forwardIDToken: z
      .object({
        header: headerName.min(1).refine((name) => name.toLowerCase() !== 'host', 'must not be Host'),
      })
      .optional(),
    defaultTokenTTL: durationMs.optional(),
    refreshToken: z.boolean().default(true),
    defaultRefreshTokenTTL: lifetime,
    csrfTokenTTL: lifetime,
    disableTokenEncryption: z.boolean().default(false),
    passThroughAuthHeader: z.boolean().default(false),
  })
  .superRefine(({ clientID, clientIDRef, forwardAccessToken, forwardIDToken }, context) => {
    const wrong = (name: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [name], message });
    if ((clientID === undefined) === (clientIDRef === undefined))
      wrong('clientID', 'give either this or clientIDRef');
    if (forwardAccessToken && forwardIDToken?.header.toLowerCase() === 'authorization')
      wrong('forwardAccessToken', 'must not be given with a forwardIDToken in the header Authorization');
  })
  .refine(({ redirectURL: url, logoutPath }) => redirectPath(url) !== logoutPath, {
    path: ['logoutPath'],
    message: 'must not be the path of redirectURL',
  });

/** Returns the path to which the provider sends people back. */
export function redirectPath(url: string): string {
  return url.slice(url.indexOf('/', url.indexOf('://') + 3));
}

export type Oidc = z.infer<typeof oidc>;

/** Returns true when nothing of the provider's document is needed. */
export function namesEndpoints({ authorizationEndpoint, tokenEndpoint }: Oidc['provider']): boolean {
  return authorizationEndpoint !== undefined && tokenEndpoint !== undefined;
}
