import * as m from './manifests.ts';

/** A part that Sluice does not support: its policy closes what it is for. */
export const unsupportedPart = {
  authorization: {
    rules: [{ action: 'Allow', principal: { clientIPGeoLocations: [{ country: 'DE' }] } }],
  },
};

/** Parts of a SecurityPolicy with all that they may have; the objects of the API keep them apart by protocol and type. */
export const everySecurityPart = {
  cors: {
    allowOrigins: ['https://*.a.test', 'moz-extension://b'],
    allowMethods: ['GET', 'PUT'],
    allowHeaders: ['x-a'],
    exposeHeaders: ['x-b'],
    maxAge: '10m',
    allowCredentials: true,
  },
  csrf: { shadowFraction: { numerator: 1, denominator: 3 }, additionalOrigins: ['https://c.test:443'] },
  basicAuth: { users: { name: 'users' }, forwardUsernameHeader: 'x-user' },
  apiKeyAuth: {
    credentialRefs: [{ name: 'keys' }],
    extractFrom: [{ headers: ['x-key'] }, { params: ['key'] }, { cookies: ['key'] }],
    forwardClientIDHeader: 'x-client',
    sanitize: true,
  },
  jwt: {
    optional: true,
    providers: [
      {
        name: 'local',
        issuer: 'https://a.test',
        audiences: ['shop'],
        localJWKS: { inline: JSON.stringify({ keys: [{ kty: 'oct', k: 'b25l' }] }) },
        claimToHeaders: [{ header: 'x-sub', claim: 'sub' }],
        extractFrom: { headers: [{ name: 'x-token', valuePrefix: 'T ' }], cookies: ['t'], params: ['t'] },
      },
      {
        name: 'remote',
        remoteJWKS: {
          uri: 'https://b.test/keys',
          backendRefs: [m.backend()],
          cacheDuration: '1m',
          failedRefetchDuration: '2s',
        },
      },
    ],
  },
  oidc: {
    provider: {
      issuer: 'https://issuer.test/a',
      authorizationEndpoint: 'https://issuer.test/a/auth?prompt=login',
      tokenEndpoint: 'https://issuer.test/a/token',
      endSessionEndpoint: 'https://issuer.test/a/end',
      backendRefs: [m.backend()],
    },
    clientIDRef: { name: 'login' },
    clientSecret: { name: 'login' },
    cookieNames: { accessToken: 'a-token', idToken: 'i-token' },
    cookieConfig: { sameSite: 'Strict' },
    cookieDomain: 'a.test',
    scopes: ['openid', 'profile'],
    resources: ['https://api.test'],
    redirectURL: 'https://a.test/back',
    denyRedirect: { headers: [{ name: 'accept', type: 'Prefix', value: 'application/' }] },
    logoutPath: '/bye',
    forwardAccessToken: true,
    forwardIDToken: { header: 'x-id-token' },
    defaultTokenTTL: '1h',
    refreshToken: false,
    defaultRefreshTokenTTL: '48h',
    csrfTokenTTL: '5m',
    disableTokenEncryption: true,
    passThroughAuthHeader: true,
  },
  extAuth: {
    grpc: { backendRefs: [m.backend()] },
    headersToExtAuth: ['x-a'],
    bodyToExtAuth: { maxRequestBytes: 1024 },
    timeout: '1s',
    statusOnError: 503,
    includeRouteMetadata: true,
    contextExtensions: [
      { name: 'a', value: 'b' },
      { name: 'c', type: 'ValueRef', valueRef: { kind: 'ConfigMap', name: 'ca', key: 'c' } },
    ],
  },
  authorization: {
    defaultAction: 'Deny',
    rules: [
      {
        name: 'first',
        action: 'Allow',
        principal: {
          clientCIDRs: ['10.0.0.0/8', '2001:db8::/32'],
          headers: [{ name: 'x-team', values: ['a', 'b'] }],
          jwt: { provider: 'local', scopes: ['read'], claims: [{ name: 'org.team', values: ['a'] }] },
        },
        cel: "request.headers['x-a'] == 'b'",
        operation: { methods: ['GET', 'PUT'], path: { type: 'RegularExpression', value: '/v[0-9]+' } },
      },
    ],
  },
};
