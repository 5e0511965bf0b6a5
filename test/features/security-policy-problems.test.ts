import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { answers, gatewayTarget, secret, security, served } from '../rig/pipeline/security-policy.ts';

const rule = (fields: object) => ({ authorization: { rules: [{ action: 'Allow', ...fields }] } });
const keysOf = (...names: readonly string[]) => ({
  apiKeyAuth: { credentialRefs: names.map((name) => ({ name })), extractFrom: [{ headers: ['x-key'] }] },
});
const users = (name: string) => ({ basicAuth: { users: { name } } });
const provider = (fields: object) => ({ jwt: { providers: [{ name: 'p', ...fields }] } });
const inline = (text: string) => provider({ localJWKS: { inline: text } });
const keySet = JSON.stringify({ keys: [{ kty: 'oct', k: 'b25l' }] });
const endpoints = {
  issuer: 'https://issuer.test',
  authorizationEndpoint: 'https://issuer.test/auth',
  tokenEndpoint: 'https://issuer.test/token',
  backendRefs: [m.backend('auth')],
};
const login = (fields: object) => ({
  oidc: { provider: endpoints, clientID: 'shop', clientSecret: { name: 'login' }, ...fields },
});
const provides = (fields: object) => login({ provider: { ...endpoints, ...fields } });
const hash = '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=';

test.each<[string, object, string]>([
  ['half a client of a provider', { oidc: { clientID: 'a' } }, 'spec.oidc.provider: is required'],
  [
    'two names of a client',
    login({ clientIDRef: { name: 'keys' } }),
    'spec.oidc.clientID: give either this or',
  ],
  [
    'a client without a secret',
    login({ clientSecret: { name: 'none' } }),
    'spec.oidc.clientSecret.name: Secret default/none does not exist',
  ],
  [
    'a Secret of something else',
    login({ clientSecret: { name: 'keys' } }),
    'the Secret has no key client-secret',
  ],
  [
    'a client secret with a line break',
    login({ clientSecret: { name: 'broken-login' } }),
    'the Secret has no key client-secret with one line of at most 1024 printable characters',
  ],
  [
    'the login of another namespace',
    login({ clientSecret: { name: 'users', namespace: 'far' } }),
    'spec.oidc.clientSecret.namespace: no ReferenceGrant permits this',
  ],
  [
    'an endpoint that is none',
    provides({ tokenEndpoint: 'ftp://a.test' }),
    'must be a URL with http or https',
  ],
  [
    'an endpoint with a bad port',
    provides({ authorizationEndpoint: 'https://a.test:99999/' }),
    'must be a URL',
  ],
  [
    'an issuer without TLS',
    provides({ issuer: 'http://a.test' }),
    'must be a URL with https, without a query',
  ],
  [
    'a server of the older form that does not exist',
    provides({ backendRefs: [], backendRef: m.backend('nothing') }),
    'spec.oidc.provider.backendRefs',
  ],
  [
    'a token endpoint by HTTP alone',
    provides({ backendRefs: [], tokenEndpoint: 'http://issuer.test/token' }),
    'spec.oidc.provider.tokenEndpoint: must be a URL with https, or have backendRefs',
  ],
  [
    'a way back to everything',
    login({ redirectURL: 'https://a.test/' }),
    'spec.oidc.redirectURL: must be a URL',
  ],
  [
    'a format in the way back',
    login({ redirectURL: 'https://a.test/%REQ(x)%' }),
    'spec.oidc.redirectURL: must be',
  ],
  [
    'a logout on the way back',
    login({ logoutPath: '/oauth2/callback' }),
    'must not be the path of redirectURL',
  ],
  [
    'two tokens in one header',
    login({ forwardAccessToken: true, forwardIDToken: { header: 'Authorization' } }),
    'spec.oidc.forwardAccessToken: must not be given with',
  ],
  ['a token in place of the host', login({ forwardIDToken: { header: 'Host' } }), 'must not be Host'],
  [
    'a pattern that is none',
    login({ denyRedirect: { headers: [{ name: 'a', type: 'RegularExpression', value: '(' }] } }),
    'spec.oidc.denyRedirect.headers[0].value: must be an RE2 expression',
  ],
  [
    'tokens that nothing verifies',
    login({ passThroughAuthHeader: true }),
    'spec.oidc.passThroughAuthHeader: needs a provider of jwt that reads a header',
  ],
  [
    'tokens in cookies alone',
    {
      ...login({ passThroughAuthHeader: true }),
      ...provider({ localJWKS: { inline: keySet }, extractFrom: { cookies: ['t'] } }),
    },
    'needs a provider of jwt that reads a header',
  ],
  [
    'any token at all',
    {
      ...login({ passThroughAuthHeader: true }),
      jwt: { failOpen: true, providers: [{ name: 'p', localJWKS: { inline: keySet } }] },
    },
    'must not be given with jwt.failOpen',
  ],
  [
    'a token that the client could bring',
    {
      ...login({ passThroughAuthHeader: true, forwardIDToken: { header: 'authorization' } }),
      ...provider({ localJWKS: { inline: keySet } }),
    },
    'spec.oidc.forwardIDToken.header: must not be a header from which jwt takes tokens',
  ],
  ['a part of a newer release', { mutual: { tls: true } }, 'spec.mutual: is not supported'],
  [
    'a field of a newer release',
    { authorization: { rules: [{ action: 'Allow', principal: { clientCIDRs: ['10.0.0.0/8'], id: 'x' } }] } },
    'spec.authorization.rules[0].principal.id: is not supported',
  ],
  [
    'no expression',
    rule({ cel: 'request.path ==' }),
    'spec.authorization.rules[0].cel: is no CEL expression',
  ],
  ['an expression that reads from the proxy', rule({ cel: "xds.node.id == 'a'" }), 'xds is none of request'],
  ['an expression with a percent sign', rule({ cel: '1 % 2 == 1' }), 'must not have a percent sign'],
  [
    'too many expressions',
    { authorization: { rules: Array.from({ length: 17 }, () => ({ action: 'Allow', cel: 'true' })) } },
    'spec.authorization.rules[16].cel: the policy has 16 expressions already',
  ],
  ['a rule without conditions', rule({}), 'principal: is required without cel'],
  ['a place of the client', rule({ principal: { clientIPGeoLocations: [] } }), 'clientIPGeoLocations'],
  [
    'a range that is none',
    rule({ principal: { clientCIDRs: ['10.0.0.1'] } }),
    'clientCIDRs[0]: must be a range',
  ],
  [
    'an expression that is none',
    rule({
      principal: { clientCIDRs: ['::/0'] },
      operation: { path: { type: 'RegularExpression', value: '(' } },
    }),
    'spec.authorization.rules[0].operation.path.value: must be an RE2 expression',
  ],
  [
    'claims without tokens',
    rule({ principal: { jwt: { provider: 'p', scopes: ['a'] } } }),
    'spec.authorization: asks for tokens: jwt must be given',
  ],
  ['no Secret of users', users('none'), 'spec.basicAuth.users.name: Secret default/none does not exist'],
  ['a Secret without users', users('keys'), 'has no users'],
  ['a hash that Envoy does not know', users('bcrypt'), 'must have {SHA} and 20 bytes of base64 in line 2'],
  ['a user twice', users('twice'), 'has the name of line 2 twice'],
  [
    'a Secret of another namespace',
    { basicAuth: { users: { name: 'users', namespace: 'far' } } },
    'spec.basicAuth.users.namespace: no ReferenceGrant permits this',
  ],
  ['a key of two clients', keysOf('keys', 'same'), 'the key of client zed is that of another client'],
  ['a key with a line break', keysOf('broken'), 'each key of the Secret must be one line'],
  ['a key that is too long', keysOf('long'), 'at most 1024 printable characters'],
  [
    'two places in one',
    { apiKeyAuth: { credentialRefs: [{ name: 'keys' }], extractFrom: [{ headers: ['a'], params: ['b'] }] } },
    'spec.apiKeyAuth.extractFrom[0]: must give one of headers, params and cookies',
  ],
  [
    'no server',
    { extAuth: { grpc: { backendRefs: [m.backend('none')] } } },
    'spec.extAuth.grpc.backendRefs[0].name: Service default/none does not exist',
  ],
  [
    'a context that is nowhere',
    {
      extAuth: {
        grpc: { backendRefs: [m.backend('auth')] },
        contextExtensions: [
          { name: 'a', type: 'ValueRef', valueRef: { kind: 'Secret', name: 'keys', key: 'none' } },
        ],
      },
    },
    'spec.extAuth.contextExtensions[0].valueRef.key: Secret default/keys has no such key',
  ],
  ...['optional', 'failOpen'].map((passes): [string, object, string] => [
    `another choice of the route, and ${passes}`,
    {
      jwt: {
        [passes]: true,
        providers: [
          {
            name: 'p',
            localJWKS: { inline: '{}' },
            claimToHeaders: [{ header: 'x-team', claim: 'team' }],
            recomputeRoute: true,
          },
        ],
      },
    },
    'spec.jwt.providers[0].recomputeRoute: must not be given with optional or failOpen',
  ]),
  ['keys that are no JSON', inline('none'), 'the key set must be JSON'],
  ['keys that cannot be used', inline('{"keys":[{"kty":"RSA"}]}'), 'the key set has no usable key'],
  [
    'a ConfigMap without keys',
    provider({ localJWKS: { type: 'ValueRef', valueRef: { kind: 'ConfigMap', name: 'none' } } }),
    'ConfigMap default/none does not exist',
  ],
  [
    'a merge at a Gateway',
    { targetRefs: [gatewayTarget], mergeType: 'JSONMerge' },
    'spec.mergeType: is for policies of routes alone',
  ],
])('%s: the routes of the policy answer 500, and the condition says why', async (_, spec, message) => {
  const { client, accepted } = await served(
    security(spec),
    secret('keys', { ann: 'a1' }),
    secret('login', { 'client-secret': 's' }),
    secret('broken-login', { 'client-secret': 's\n' }),
    secret('same', { zed: 'a1' }),
    secret('broken', { ann: 'a1\n' }),
    secret('long', { ann: 'a'.repeat(2000) }),
    secret('bcrypt', { '.htpasswd': `ann:${hash}\nbob:$2y$05$abc` }),
    secret('twice', { '.htpasswd': `ann:${hash}\nann:${hash}` }),
    secret('users', { '.htpasswd': `ann:${hash}` }, 'far'),
  );
  expect(answers(client, 'shop.test')).toEqual([500, 500]);
  expect(accepted).toMatchObject({
    status: 'False',
    reason: 'Invalid',
    observedGeneration: 7,
    message: expect.stringContaining(message) as string,
  });
  expect(accepted?.message).toContain('; its routes answer 500');
});

test('without its server requests pass where the policy says so, and the condition names it', async () => {
  const { client, accepted, filters } = await served(
    security({ extAuth: { failOpen: true, grpc: { backendRefs: [m.backend('none')] } } }),
  );
  expect(answers(client, 'shop.test')).toEqual(['forwarded', 'forwarded']);
  expect(Object.keys(filters)).toEqual(['sluice.mark', 'sluice.protection']);
  expect(accepted).toMatchObject({
    status: 'False',
    reason: 'Invalid',
    message: expect.stringContaining('requests pass without this server') as string,
  });
});

test('an open server opens no other part', async () => {
  const { client } = await served(
    security({ extAuth: { failOpen: true, grpc: { backendRefs: [m.backend('none')] } }, ...users('none') }),
  );
  expect(answers(client, 'shop.test')).toEqual([500, 500]);
});
