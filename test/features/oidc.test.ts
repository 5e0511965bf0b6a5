import { expect, test } from 'vitest';
import { configIn, endpoints, login, oidc } from '../rig/pipeline/oidc-policy.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { sessionRow } from '../rig/pipeline/session-row.ts';
import {
  answers,
  base,
  conditionsOf,
  gatewayTarget,
  routeTarget,
  secret,
  security,
  served,
} from '../rig/pipeline/security-policy.ts';

test('a policy with what it must have becomes a filter of its routes, with the defaults of the API', async () => {
  const { filters, accepted } = await served(security({ oidc }), login);
  expect(accepted).toMatchObject({ status: 'True', reason: 'Accepted' });
  const config = configIn(filters);
  const suffix = config.credentials.cookieNames['bearerToken']?.split('-')[1] ?? '';
  expect(suffix).toMatch(/^[\w-]{8}$/);
  const source = { ads: {}, initialFetchTimeout: '15s', resourceApiVersion: 'V3' };
  expect(config).toEqual({
    tokenEndpoint: {
      uri: endpoints.tokenEndpoint,
      cluster: expect.stringContaining('auth') as string,
      timeout: '10s',
    },
    authorizationEndpoint: endpoints.authorizationEndpoint,
    credentials: {
      clientId: 'shop',
      tokenSecret: { name: 'default/login/client-secret', sdsConfig: source },
      hmacSecret: { name: 'default/policy/session-key', sdsConfig: source },
      cookieNames: {
        bearerToken: `AccessToken-${suffix}`,
        oauthHmac: `OauthHMAC-${suffix}`,
        oauthExpires: `OauthExpires-${suffix}`,
        idToken: `IdToken-${suffix}`,
        refreshToken: `RefreshToken-${suffix}`,
        oauthNonce: `OauthNonce-${suffix}`,
        codeVerifier: `CodeVerifier-${suffix}`,
      },
    },
    redirectUri: '%REQ(x-forwarded-proto)%://%REQ(:authority)%/oauth2/callback',
    redirectPathMatcher: { path: { exact: '/oauth2/callback' } },
    signoutPath: { path: { exact: '/logout' } },
    preserveAuthorizationHeader: true,
    authScopes: ['openid'],
    authType: 'BASIC_AUTH',
    useRefreshToken: true,
    cookieConfigs: {
      oauthNonceCookieConfig: { path: '/oauth2/callback' },
      codeVerifierCookieConfig: { path: '/oauth2/callback' },
    },
  });
});

test('every field of it has an effect', async () => {
  const { filters, accepted } = await served(
    security({
      oidc: {
        ...oidc,
        provider: { ...oidc.provider, endSessionEndpoint: 'https://issuer.test/end' },
        clientID: undefined,
        clientIDRef: { name: 'login' },
        cookieNames: { accessToken: 'at', idToken: 'it' },
        cookieConfig: { sameSite: 'Strict' },
        cookieDomain: 'test',
        scopes: ['profile', 'openid'],
        resources: ['https://api.test'],
        redirectURL: 'https://shop.test/back',
        denyRedirect: { headers: [{ name: 'X-A', value: 'b' }] },
        logoutPath: '/bye',
        forwardIDToken: { header: 'Authorization' },
        defaultTokenTTL: '1h',
        refreshToken: false,
        defaultRefreshTokenTTL: '48h',
        csrfTokenTTL: '5m',
        disableTokenEncryption: true,
        passThroughAuthHeader: true,
      },
      jwt: {
        providers: [
          {
            name: 'p',
            localJWKS: { inline: JSON.stringify({ keys: [{ kty: 'oct', k: 'b25l' }] }) },
            extractFrom: { headers: [{ name: 'X-Token' }, { name: 'x-other', valuePrefix: 'T ' }] },
          },
        ],
      },
    }),
    login,
  );
  expect(accepted).toMatchObject({ status: 'True' });
  const config = configIn(filters);
  expect(config).toMatchObject({
    endSessionEndpoint: 'https://issuer.test/end',
    credentials: {
      clientId: 'from-secret',
      cookieDomain: 'test',
      cookieNames: { bearerToken: 'at', idToken: 'it' },
    },
    redirectUri: 'https://shop.test/back',
    redirectPathMatcher: { path: { exact: '/back' } },
    signoutPath: { path: { exact: '/bye' } },
    authScopes: ['profile', 'openid'],
    resources: ['https://api.test'],
    denyRedirectMatcher: [{ name: 'X-A', stringMatch: { exact: 'b' } }],
    passThroughMatcher: [
      { name: 'x-token', presentMatch: true },
      { name: 'x-other', stringMatch: { prefix: 'T ' } },
    ],
    forwardIdToken: { header: 'authorization' },
    defaultExpiresIn: '3600s',
    defaultRefreshTokenExpiresIn: '172800s',
    csrfTokenExpiresIn: '300s',
    disableTokenEncryption: true,
    useRefreshToken: false,
  });
  expect(config).not.toHaveProperty('preserveAuthorizationHeader');
  const cookies = config['cookieConfigs'] as Readonly<Record<string, object>>;
  expect(Object.values(cookies)).toHaveLength(7);
  for (const cookie of Object.values(cookies)) expect(cookie).toMatchObject({ sameSite: 'STRICT' });
});

test('policies do not share a key or a cookie, and one that is made anew has those of before', async () => {
  const pipeline = await Pipeline.started([
    ...base,
    login,
    security({ oidc }),
    security({ oidc, targetRefs: [{ ...routeTarget, name: 'other' }] }, { name: 'second' }),
  ]);
  const client = await pipeline.connected();
  const keys = () =>
    ['policy', 'second'].map((name) => JSON.stringify(client.json('SDS', `default/${name}/session-key`)));
  const [first, second] = keys();
  expect(first).not.toBe(second);
  const before = pipeline.view();
  pipeline.delete(security({ oidc }));
  await pipeline.drain();
  pipeline.apply(security({ oidc }));
  await pipeline.settle();
  expect(pipeline.view()).toEqual(before);
  expect(keys()).toEqual([first, second]);
});

test('without a key of sessions yet, routes wait with 503, and the condition says so', async () => {
  const pipeline = await Pipeline.started([...base, login, security({ oidc })], { sessionKey: false });
  const client = await pipeline.connected();
  expect(answers(client, 'shop.test')).toEqual([503, 503]);
  expect(answers(client, 'other.test')).toEqual(['forwarded']);
  expect(conditionsOf(pipeline).find(({ type }) => type === 'Accepted')).toMatchObject({
    status: 'False',
    reason: 'Pending',
    message: 'spec.oidc: Sluice has no key of sessions yet; its routes answer 503',
  });
  pipeline.controller.apply([{ kind: 'put', row: sessionRow }]);
  await pipeline.settle();
  expect(answers(client, 'shop.test')).toEqual(['forwarded', 'forwarded']);
});

test('a new client secret is sent by itself', async () => {
  const { pipeline, client } = await served(security({ oidc }), login);
  client.take();
  pipeline.apply(secret('login', { 'client-secret': 'next' }));
  await pipeline.settle();
  expect(client.take()).toEqual(['SDS default/login/client-secret']);
});

test('a policy of a rule merges with that of its Gateway: the client of one provider goes as a whole', async () => {
  const { filters } = await served(
    security(
      {
        targetRefs: [gatewayTarget],
        oidc: { ...oidc, clientIDRef: { name: 'login' }, clientID: undefined, logoutPath: '/out' },
      },
      { name: 'above' },
    ),
    security({ oidc, mergeType: 'StrategicMerge' }),
    login,
  );
  const config = configIn(filters);
  expect(config.credentials).toMatchObject({
    clientId: 'shop',
    hmacSecret: { name: 'default/policy/session-key' },
  });
});
