import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import {
  answers,
  gatewayTarget,
  routeTarget,
  secret,
  security,
  served,
} from '../rig/pipeline/security-policy.ts';

const fixed = (filter: string) => `envoy.filters.http.${filter}`;
const inChain = (typedConfig: object) => ({ filterChain: { filters: [{ typedConfig }] } });
const header = (headerName: string) => ({ input: { typedConfig: { headerName } } });
const acting = (action?: 'DENY') => ({
  action: { typedConfig: action === undefined ? {} : { action } },
});
const hash = '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=';

test.each<[string, object, string, object]>([
  [
    'cors',
    { cors: { allowOrigins: ['https://*.a.test'], allowMethods: ['GET'], maxAge: '10m' } },
    'cors',
    {
      allowOriginStringMatch: [{ safeRegex: { regex: 'https://[A-Za-z0-9.-]+\\.a\\.test' } }],
      allowMethods: 'GET',
      maxAge: '600',
    },
  ],
  [
    'csrf',
    {
      csrf: {
        shadowFraction: { numerator: 1, denominator: 4 },
        additionalOrigins: ['https://a.test:443', 'http://*.b.test:8080'],
      },
    },
    'csrf',
    {
      filterEnabled: { defaultValue: { numerator: 750_000, denominator: 'MILLION' } },
      shadowEnabled: { defaultValue: { numerator: 1_000_000, denominator: 'MILLION' } },
      additionalOrigins: [{ exact: 'a.test' }, { safeRegex: { regex: '[A-Za-z0-9.-]+\\.b\\.test:8080' } }],
    },
  ],
  [
    'passwords',
    { basicAuth: { users: { name: 'users' }, forwardUsernameHeader: 'X-User' } },
    'basic_auth',
    inChain({ users: { inlineString: `ann:${hash}\nbob:${hash}` }, forwardUsernameHeader: 'x-user' }),
  ],
  [
    'keys of clients',
    {
      apiKeyAuth: {
        credentialRefs: [{ name: 'keys' }, { name: 'more' }],
        extractFrom: [{ headers: ['X-Key'] }, { params: ['key'] }, { cookies: ['key'] }],
        forwardClientIDHeader: 'X-Client',
        sanitize: true,
      },
    },
    'api_key_auth',
    inChain({
      credentials: [
        { client: 'ann', key: 'a1' },
        { client: 'bob', key: 'b1' },
        { client: 'eve', key: 'e1' },
      ],
      keySources: [{ header: 'x-key' }, { query: 'key' }, { cookie: 'key' }],
      forwarding: { header: 'x-client', hideCredentials: true },
    }),
  ],
  [
    'a server by HTTP',
    {
      extAuth: {
        http: { backendRefs: [{ name: 'auth', port: 80 }], path: '/check', headersToBackend: ['x-user'] },
        headersToExtAuth: ['x-a'],
        bodyToExtAuth: { maxRequestBytes: 64 },
        timeout: '2s',
        statusOnError: 503,
      },
    },
    'ext_authz',
    inChain({
      httpService: {
        serverUri: { cluster: 'default/auth/80/http1', timeout: '2s' },
        pathPrefix: '/check',
        authorizationResponse: { allowedUpstreamHeaders: { patterns: [{ exact: 'x-user' }] } },
      },
      allowedHeaders: { patterns: [{ exact: 'x-a' }] },
      withRequestBody: { maxRequestBytes: 64 },
      statusOnError: { code: 'ServiceUnavailable' },
    }),
  ],
  [
    'a server by gRPC',
    { extAuth: { grpc: { backendRef: { name: 'auth', port: 80 } }, failOpen: true } },
    'ext_authz',
    inChain({
      grpcService: { envoyGrpc: { clusterName: 'default/auth/80/http2', authority: 'auth.default:80' } },
      failureModeAllow: true,
    }),
  ],
  [
    'no rules of authorization',
    { authorization: {} },
    'rbac',
    { rbac: { matcher: { onNoMatch: acting('DENY') } } },
  ],
  [
    'rules of authorization',
    {
      authorization: {
        defaultAction: 'Allow',
        rules: [
          {
            name: 'outside',
            action: 'Deny',
            principal: { clientCIDRs: ['192.0.2.0/24', '2001:db8::/32'] },
            operation: { methods: ['PUT', 'POST'], path: { value: '/a' } },
          },
          { action: 'Allow', principal: { headers: [{ name: 'X-Team', values: ['a'] }] } },
        ],
      },
    },
    'rbac',
    {
      rbac: {
        matcher: {
          matcherList: {
            matchers: [
              {
                predicate: {
                  andMatcher: {
                    predicate: [
                      {
                        orMatcher: {
                          predicate: [
                            { singlePredicate: { ...header(':method'), valueMatch: { exact: 'PUT' } } },
                            { singlePredicate: { ...header(':method'), valueMatch: { exact: 'POST' } } },
                          ],
                        },
                      },
                      {
                        singlePredicate: {
                          ...header(':path'),
                          valueMatch: { safeRegex: { regex: '/a(?:/.*)?(?:\\?.*)?' } },
                        },
                      },
                      {
                        singlePredicate: {
                          customMatch: {
                            typedConfig: {
                              cidrRanges: [
                                { addressPrefix: '192.0.2.0', prefixLen: 24 },
                                { addressPrefix: '2001:db8::', prefixLen: 32 },
                              ],
                            },
                          },
                        },
                      },
                    ],
                  },
                },
                onMatch: { action: { name: 'outside', typedConfig: { name: 'outside', action: 'DENY' } } },
              },
              {
                predicate: { singlePredicate: { ...header('x-team'), valueMatch: { exact: 'a' } } },
                onMatch: { action: { name: 'rule-1' } },
              },
            ],
          },
          onNoMatch: acting(),
        },
      },
    },
  ],
])('%s: config of a filter on the route', async (_, spec, filter, config) => {
  const { filters, accepted } = await served(
    security(spec),
    secret('users', { '.htpasswd': `ann:${hash}\r\n\n bob:${hash}\n` }),
    secret('keys', { ann: 'a1', bob: 'b1' }),
    secret('more', { bob: 'other', eve: 'e1' }),
  );
  expect(accepted).toMatchObject({ status: 'True', reason: 'Accepted' });
  expect(filters).toMatchObject({ [fixed(filter)]: config });
  const protection = filter === 'cors' ? [] : ['sluice.mark', 'sluice.protection'];
  expect(Object.keys(filters)).toEqual([...protection, fixed(filter)]);
});

test('the CORS filter of a route wins over that of its policy', async () => {
  const filter = { type: 'CORS', cors: { allowOrigins: ['https://own.test'] } };
  const { filters } = await served(
    security({ cors: { allowOrigins: ['https://a.test'] } }),
    m.httpRoute([{ filters: [filter], backendRefs: [m.backend()] }], {
      name: 'shop',
      hostnames: ['shop.test'],
    }),
  );
  expect(filters).toMatchObject({
    [fixed('cors')]: { allowOriginStringMatch: [{ exact: 'https://own.test' }] },
  });
});

test('the policy’s server is asked first, and then those of the route’s filters', async () => {
  const filter = { type: 'ExternalAuth', externalAuth: { protocol: 'HTTP', backendRef: m.backend('far') } };
  const { filters } = await served(
    security({ extAuth: { grpc: { backendRefs: [m.backend('auth')] } } }),
    m.httpRoute([{ filters: [filter], backendRefs: [m.backend()] }], {
      name: 'shop',
      hostnames: ['shop.test'],
    }),
  );
  expect(filters).toMatchObject({
    [fixed('ext_authz')]: {
      filterChain: { filters: [{ typedConfig: { grpcService: {} } }, { typedConfig: { httpService: {} } }] },
    },
  });
});

test('a merge takes parts of the Gateway’s policy, and resolves references of each where it stands', async () => {
  const target = { targetRefs: [{ group: 'gateway.networking.k8s.io', ...routeTarget }] };
  const authorization = { rules: [{ action: 'Allow', principal: { clientCIDRs: ['10.0.0.0/8'] } }] };
  const { filters, accepted } = await served(
    security(
      { targetRefs: [gatewayTarget], basicAuth: { users: { name: 'users' } }, authorization },
      { name: 'up' },
    ),
    security({ ...target, mergeType: 'JSONMerge', authorization: { defaultAction: 'Allow' } }),
    secret('users', { '.htpasswd': `ann:${hash}` }),
  );
  expect(accepted).toMatchObject({ status: 'True' });
  expect(filters).toMatchObject({
    [fixed('basic_auth')]: inChain({ users: { inlineString: `ann:${hash}` } }),
    [fixed('rbac')]: { rbac: { matcher: { matcherList: {}, onNoMatch: acting() } } },
  });
});

test.each([
  ['the policy of the route', {}, { mutual: { tls: true } }],
  ['the policy of the Gateway', { mutual: { tls: true } }, {}],
])('a merge with a part of a newer release in %s closes the routes', async (_, ofGateway, ofRoute) => {
  const { client } = await served(
    security({ targetRefs: [gatewayTarget], cors: { allowOrigins: ['*'] }, ...ofGateway }, { name: 'up' }),
    security({ mergeType: 'JSONMerge', csrf: {}, ...ofRoute }),
  );
  expect(answers(client, 'shop.test')).toEqual([500, 500]);
});

test('a new password changes the routes, and no listener', async () => {
  const { pipeline, client } = await served(
    security({ basicAuth: { users: { name: 'users' } } }),
    secret('users', { '.htpasswd': `ann:${hash}` }),
  );
  client.take();
  pipeline.apply(secret('users', { '.htpasswd': `bob:${hash}` }));
  await pipeline.drain();
  expect(client.take().filter((line) => !line.startsWith('VHDS'))).toEqual([]);
});
