import { Agent } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { echo } from '../rig/envoy/http-client.ts';
import { backend, endpointSlice, policy, service } from '../rig/objects/manifests.ts';
import { CookieClient } from '../rig/oidc/cookie-client.ts';
import { OpenIdProvider } from '../rig/oidc/openid-provider.ts';
import { TokenIssuer } from '../rig/envoy/token-issuer.ts';
import { secret } from '../rig/pipeline/security-policy.ts';

let rig: EnvoyRig;
let provider: OpenIdProvider;

const hosts = ['login', 'sealed', 'other', 'tokens', 'logout', 'rotated', 'short', 'deny', 'csrf', 'mixed'];

beforeAll(async () => {
  rig = await EnvoyRig.start();
  await rig.backend('app');
  provider = await OpenIdProvider.listening({ accessTokenS: 600 });
  provider.serve([
    {
      clientId: 'shop',
      clientSecret: 'first',
      redirectUris: hosts.flatMap((host) => [
        `http://${host}.test/oauth2/callback`,
        `http://${host}.test/back`,
      ]),
      afterLogout: hosts.map((host) => `http://${host}.test/`),
    },
  ]);
  rig.apply([
    service('idp'),
    endpointSlice(['127.0.0.1'], { name: 'idp', service: 'idp', port: provider.port }),
    secret('client', { 'client-secret': 'first' }),
  ]);
});

afterAll(async () => {
  await rig.close();
  await provider.close();
});

async function serve(name: string, oidc: object = {}, spec: object = {}, of: OpenIdProvider = provider) {
  const given = {
    provider: { ...of.endpoints, backendRefs: [backend('idp')] },
    clientID: 'shop',
    clientSecret: { name: 'client' },
    ...oidc,
  };
  const targetRefs = [{ kind: 'HTTPRoute', name }];
  rig.apply([policy('SecurityPolicy', { targetRefs, oidc: given, ...spec }, { name })]);
  await rig.serve(name, [{ backendRefs: [backend('app')] }]);
}

test('people are sent to the provider, log in there, and come back to the page that they asked for', async () => {
  await serve('login');
  const client = new CookieClient(rig.port);
  const first = await new CookieClient(rig.port).get('http://login.test/private?x=1');
  expect(first.status).toBe(302);
  const [location = ''] = first.headers.get('location') ?? [];
  const asked = new URL(location);
  expect(`${asked.origin}${asked.pathname}`).toBe(`${provider.origin}/auth`);
  expect(Object.fromEntries(asked.searchParams)).toMatchObject({
    client_id: 'shop',
    redirect_uri: 'http://login.test/oauth2/callback',
    response_type: 'code',
    scope: 'openid',
  });
  const { url, answer } = await client.logIn('http://login.test/private?x=1');
  expect(url).toBe('http://login.test/private?x=1');
  const { path, headers } = echo(answer);
  expect(path).toBe('/private?x=1');
  expect(headers).not.toHaveProperty('authorization');
  const before = client.visited.length;
  expect(echo((await client.open('http://login.test/again')).answer).path).toBe('/again');
  expect(client.visited.length - before).toBe(1);
  const names = [...client.cookiesOf('login.test').keys()].sort();
  const [suffix] = names.map((name) => name.slice(name.indexOf('-') + 1));
  expect(names).toEqual(
    ['AccessToken', 'IdToken', 'OauthExpires', 'OauthHMAC', 'RefreshToken'].map(
      (name) => `${name}-${suffix}`,
    ),
  );
});

/** Returns the first answer without and the first with a session. */
async function loggedIn(host: string, path = '/'): Promise<CookieClient> {
  const client = new CookieClient(rig.port);
  const { answer } = await client.logIn(`http://${host}.test${path}`);
  expect(echo(answer).backend).toBe('app');
  return client;
}

function cookieHeader(
  client: CookieClient,
  host: string,
  edit = (name: string, value: string) => `${name}=${value}`,
) {
  return {
    cookie: [...client.cookiesOf(`${host}.test`)].map(([name, { value }]) => edit(name, value)).join('; '),
  };
}

function suffixOf(client: CookieClient, host: string): string {
  return [...client.cookiesOf(`${host}.test`).keys()][0]?.split('-')[1] ?? '';
}

test('a session is worth nothing when a cookie is changed, nor at another policy under any name', async () => {
  // With a refresh token, the provider itself would decide about a session that does not hold together.
  await serve('sealed', { refreshToken: false });
  await serve('other', { refreshToken: false });
  const ann = await loggedIn('sealed');
  const other = await loggedIn('other');
  const [own, foreign] = [suffixOf(ann, 'sealed'), suffixOf(other, 'other')];
  expect(own).not.toBe(foreign);
  const changed = (cookie: string) =>
    cookieHeader(ann, 'sealed', (name, value) =>
      name.startsWith(cookie) ? `${name}=${value.slice(0, -4)}AAA=` : `${name}=${value}`,
    );
  const renamed = cookieHeader(other, 'other', (name, value) => `${name.replace(foreign, own)}=${value}`);
  const statuses: number[] = [];
  for (const headers of [
    cookieHeader(ann, 'sealed'),
    changed('OauthHMAC'),
    changed('AccessToken'),
    changed('IdToken'),
    changed('OauthExpires'),
    cookieHeader(other, 'other'),
    renamed,
  ])
    statuses.push((await rig.send('sealed', { headers })).status);
  expect(statuses).toEqual([200, 302, 302, 302, 302, 302, 302]);
});

test('the way back counts only for who began the login', async () => {
  await serve('csrf');
  const ann = new CookieClient(rig.port);
  const sent = await ann.get('http://csrf.test/');
  const state = new URL(sent.headers.get('location')?.[0] ?? '').searchParams.get('state') ?? '';
  const eve = new CookieClient(rig.port);
  const before = provider.grants.length;
  for (const [client, text] of [
    [eve, state],
    [ann, `${state}x`],
    [ann, ''],
  ] as const) {
    const back = `http://csrf.test/oauth2/callback?code=any&state=${encodeURIComponent(text)}`;
    const { status } = await client.get(back);
    expect(status).toBe(401);
  }
  expect(provider.grants.length).toBe(before);
});

test('a logout ends the session, at the provider too, and there people come back', async () => {
  const { endSessionEndpoint } = provider;
  await serve('logout', {
    provider: { ...provider.endpoints, endSessionEndpoint, backendRefs: [backend('idp')] },
    logoutPath: '/bye',
  });
  const client = await loggedIn('logout');
  const before = cookieHeader(client, 'logout');
  const { answer, url } = await client.open('http://logout.test/bye');
  expect(url.startsWith(endSessionEndpoint)).toBe(true);
  expect(new URL(url).searchParams.get('post_logout_redirect_uri')).toBe('http://logout.test/');
  expect(
    [...client.cookiesOf('logout.test').keys()].filter((name) => /^(Access|OauthHMAC)/.test(name)),
  ).toEqual([]);
  const form = /action="([^"]+)"/.exec(answer.body)?.[1] ?? '';
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(answer.body)?.[1] ?? '';
  const after = await client.submit(form, { xsrf, logout: 'yes' });
  // Sent back, and from there to the page of login: the provider has ended its session.
  expect(client.visited).toContain('http://logout.test/');
  expect(after.answer.body).toContain('name="login"');
  expect(before.cookie).toContain('OauthHMAC');
});

test('backends get the tokens that the policy names, and clients cannot bring their own', async () => {
  await serve('tokens', {
    forwardAccessToken: true,
    forwardIDToken: { header: 'X-Id-Token' },
    redirectURL: 'http://tokens.test/back',
    cookieNames: { accessToken: 'at', idToken: 'it' },
    scopes: ['profile'],
    cookieConfig: { sameSite: 'Lax' },
  });
  const client = await loggedIn('tokens');
  expect(client.visited.some((url) => url.startsWith('http://tokens.test/back?'))).toBe(true);
  expect([...client.cookiesOf('tokens.test').keys()]).toEqual(expect.arrayContaining(['at', 'it']));
  const answer = await client.get('http://tokens.test/', {
    authorization: 'Bearer forged',
    'x-id-token': 'x',
  });
  const { headers } = echo(answer);
  expect(headers['authorization']).toEqual([expect.stringMatching(/^Bearer (?!forged)/)]);
  const [idToken = ''] = headers['x-id-token'] ?? [];
  const claims = JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString()) as object;
  expect(claims).toMatchObject({ sub: 'ann', aud: 'shop' });
});

test('an access token that is over is exchanged for a new one, without a login', async () => {
  const short = await OpenIdProvider.listening({ accessTokenS: 1 });
  try {
    const redirectUris = ['http://short.test/oauth2/callback'];
    short.serve([{ clientId: 'shop', clientSecret: 'first', redirectUris }]);
    rig.apply([
      service('short'),
      endpointSlice(['127.0.0.1'], { name: 'short', service: 'short', port: short.port }),
    ]);
    await serve('short', { provider: { ...short.endpoints, backendRefs: [backend('short')] } }, {}, short);
    const client = await loggedIn('short');
    expect(short.grants).toEqual(['authorization_code']);
    const hmac = () => [...client.cookiesOf('short.test')].find(([name]) => name.startsWith('OauthHMAC'));
    const before = hmac();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(echo(await client.get('http://short.test/')).backend).toBe('app');
    expect(short.grants).toEqual(['authorization_code', 'refresh_token']);
    expect(hmac()).not.toEqual(before);
  } finally {
    await short.close();
  }
});

test('requests of programs get 401 in place of the page of login', async () => {
  await serve('deny', {
    denyRedirect: {
      headers: [
        { name: 'X-Requested-With', value: 'XMLHttpRequest' },
        { name: 'accept', type: 'RegularExpression', value: 'application/.*' },
      ],
    },
  });
  expect(
    await rig.answers('deny', [
      { headers: { 'x-requested-with': 'XMLHttpRequest' } },
      { headers: { accept: 'application/json' } },
      { headers: { accept: 'text/html' } },
    ]),
  ).toEqual([401, 401, 302]);
});

async function mixed(headers: Readonly<Record<string, string>>): Promise<number> {
  return (await rig.send('mixed', { headers })).status;
}

test('a request with a token of its own passes by that alone, and only a good one', async () => {
  const issuer = new TokenIssuer('https://issuer.test');
  const jwks = { name: 'own', issuer: issuer.issuer, localJWKS: { inline: issuer.keySet } };
  await serve(
    'mixed',
    { passThroughAuthHeader: true },
    { jwt: { optional: true, providers: [{ ...jwks, extractFrom: { headers: [{ name: 'x-token' }] } }] } },
  );
  const client = await loggedIn('mixed');
  const good = { 'x-token': issuer.token() };
  expect(await mixed({})).toBe(302);
  expect(await mixed(good)).toBe(200);
  expect(await mixed({ 'x-token': 'forged' })).toBe(401);
  expect(await mixed({ 'x-token': '' })).not.toBe(200);
  expect(await mixed({ 'x-token': new TokenIssuer('https://issuer.test').token() })).toBe(401);
  expect(await mixed(cookieHeader(client, 'mixed'))).toBe(200);
});

test('a new client secret goes to proxies by itself: no listener, no route and no connection changes', async () => {
  await serve('rotated');
  await loggedIn('rotated');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let connects = 0;
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (...given) => {
    connects++;
    return connect(...given);
  };
  expect((await rig.send('rotated', { agent })).status).toBe(302);
  const updates = async () => [...(await rig.envoy.stats('(lds|rds.*)\\.update_success$'))];
  const before = await updates();
  expect(before.length).toBeGreaterThan(1);
  provider.rotate('shop', 'second');
  const refused = new CookieClient(rig.port);
  expect((await refused.logIn('http://rotated.test/')).answer.status).toBe(401);
  rig.apply([secret('client', { 'client-secret': 'second' })]);
  await rig.settled();
  await loggedIn('rotated');
  expect((await rig.send('rotated', { agent })).status).toBe(302);
  // The socket of before is still open.
  expect(connects).toBe(1);
  expect(await updates()).toEqual(before);
  agent.destroy();
});

test('a policy without its secret closes its routes, and no other', async () => {
  await serve('broken', { clientSecret: { name: 'none' } });
  expect(await rig.answers('broken', ['/'])).toEqual([500]);
  expect((await rig.send('login')).status).toBe(302);
  rig.apply([secret('none', { 'client-secret': 'first' })]);
  await rig.settled();
  expect((await rig.send('broken')).status).toBe(302);
});
