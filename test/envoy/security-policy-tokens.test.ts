import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { backend, configMap, endpointSlice, policy, service } from '../rig/objects/manifests.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { TokenIssuer } from '../rig/envoy/token-issuer.ts';

let rig: EnvoyRig;
const ann = new TokenIssuer('https://ann.test');
const bob = new TokenIssuer('https://bob.test');

/** Serves the keys of `bob`, unless it is silent. */
let keys: Server;
let fetches = 0;
let isSilent = false;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  await rig.backend('app');
  keys = createServer((_, response) => {
    fetches++;
    if (isSilent) response.destroy();
    else response.end(bob.keySet);
  });
  keys.listen(0, '127.0.0.1');
  await once(keys, 'listening');
  const { port } = keys.address() as AddressInfo;
  rig.apply([service('keys'), endpointSlice(['127.0.0.1'], { name: 'keys-0', service: 'keys', port })]);
});

afterAll(async () => {
  await rig.close();
  keys.close();
});

async function serve(name: string, spec: object, ...more: readonly object[]): Promise<void> {
  const targetRefs = [{ kind: 'HTTPRoute', name }];
  rig.apply([policy('SecurityPolicy', { targetRefs, ...spec }, { name }), ...more]);
  await rig.serve(name, [{ backendRefs: [backend('app')] }]);
}

const local = (fields: object = {}) => ({
  name: 'ann',
  issuer: ann.issuer,
  localJWKS: { inline: ann.keySet },
  ...fields,
});
const remote = (fields: object = {}) => ({
  name: 'bob',
  issuer: bob.issuer,
  remoteJWKS: { uri: 'http://bob.test/keys', backendRefs: [backend('keys')], cacheDuration: '1s', ...fields },
});

test('only a valid token comes in: of the issuer, for the audience, in time, and signed', async () => {
  await serve('local', { jwt: { providers: [local({ audiences: ['shop'] })] } });
  const aud = 'shop';
  const [head, body] = ann.token({ aud }).split('.');
  expect(
    await rig.answers('local', [
      '/',
      { headers: ann.headers({ aud }) },
      { headers: ann.headers() },
      { headers: ann.headers({ aud: 'other' }) },
      { headers: ann.headers({ aud, iss: 'https://evil.test' }) },
      { headers: ann.headers({ aud, exp: 1 }) },
      { headers: bob.headers({ aud, iss: ann.issuer }) },
      { headers: { authorization: `Bearer ${head}.${body}.` } },
      { path: `/?access_token=${ann.token({ aud })}` },
    ]),
  ).toEqual([401, 'app', 403, 403, 401, 401, 401, 401, 'app']);
});

test('no form of a request passes without a token', async () => {
  const socket = connect(rig.port, '127.0.0.1');
  socket.write('OPTIONS * HTTP/1.1\r\nHost: local.test\r\nConnection: close\r\n\r\n');
  const chunks: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
  expect(Buffer.concat(chunks).toString()).not.toContain('HTTP/1.1 200');
  for (const method of ['OPTIONS', 'HEAD', 'PUT', 'DELETE', 'TRACE'])
    expect([method, (await rig.send('local', { method })).status]).toEqual([method, 401]);
  for (const path of ['//', '/?', '/%2e%2e/', '/a//b', '/;x'])
    expect([path, (await rig.send('local', { path })).status]).toEqual([path, 401]);
});

test('claims go along as headers, which clients cannot write themselves', async () => {
  const claims = { claimToHeaders: [{ header: 'X-Sub', claim: 'sub' }] };
  await serve('claims', { jwt: { optional: true, providers: [local(claims)] } });
  const known = await rig.echo('claims', { headers: { ...ann.headers(), 'x-sub': 'evil' } });
  expect(known.headers['x-sub']).toEqual(['ann']);
  const unknown = await rig.echo('claims', { headers: { 'x-sub': 'evil' } });
  expect(unknown.headers).not.toHaveProperty('x-sub');
  expect(await rig.answers('claims', [{ headers: { authorization: 'Bearer x.y.z' } }])).toEqual([401]);
});

test('with failOpen a request passes with whatever token', async () => {
  await serve('fail', { jwt: { failOpen: true, providers: [local()] } });
  expect(await rig.answers('fail', ['/', { headers: { authorization: 'Bearer x.y.z' } }])).toEqual([
    'app',
    'app',
  ]);
});

test('tokens come from the places that the policy names', async () => {
  const extractFrom = {
    headers: [{ name: 'x-token', valuePrefix: 'T ' }],
    cookies: ['token'],
    params: ['t'],
  };
  await serve('places', { jwt: { providers: [local({ extractFrom })] } });
  expect(
    await rig.answers('places', [
      { headers: ann.headers() },
      { headers: { 'x-token': `T ${ann.token()}` } },
      { headers: { cookie: `token=${ann.token()}` } },
      `/?t=${ann.token()}`,
    ]),
  ).toEqual([401, 'app', 'app', 'app']);
});

const allow = (jwt: object) => ({ action: 'Allow', principal: { jwt: { provider: 'ann', ...jwt } } });

test('rules of authorization read claims and scopes of a provider', async () => {
  const authorization = {
    rules: [
      allow({ scopes: ['read', 'write'] }),
      allow({ claims: [{ name: 'org.team', values: ['a', 'b'] }] }),
      allow({ claims: [{ name: 'roles', valueType: 'StringArray', values: ['admin'] }] }),
    ],
  };
  await serve('roles', { jwt: { providers: [local(), remote()] }, authorization });
  expect(
    await rig.answers('roles', [
      { headers: ann.headers() },
      { headers: ann.headers({ scope: 'write read other' }) },
      { headers: ann.headers({ scope: 'write' }) },
      { headers: ann.headers({ scp: ['read', 'write'] }) },
      { headers: ann.headers({ org: { team: 'b' } }) },
      { headers: ann.headers({ org: { team: 'c' } }) },
      { headers: ann.headers({ roles: ['user', 'admin'] }) },
      { headers: ann.headers({ roles: ['user'] }) },
      { headers: bob.headers({ roles: ['admin'] }) },
    ]),
  ).toEqual([403, 'app', 403, 'app', 'app', 403, 'app', 403, 403]);
});

test('keys in a ConfigMap rotate in place, without a change of routes', async () => {
  const cat = new TokenIssuer('https://cat.test');
  const jwt = {
    providers: [
      {
        name: 'cat',
        issuer: cat.issuer,
        localJWKS: { type: 'ValueRef', valueRef: { kind: 'ConfigMap', name: 'keys' } },
      },
    ],
  };
  await serve('rotating', { jwt }, configMap({ jwks: cat.keySet }, { name: 'keys' }));
  const old = { headers: cat.headers() };
  expect(await rig.answers('rotating', [old])).toEqual(['app']);
  cat.rotate();
  const before = await rig.sentByType();
  rig.apply([configMap({ jwks: cat.keySet }, { name: 'keys' })]);
  await rig.settled();
  expect(await rig.answers('rotating', [old, { headers: cat.headers() }])).toEqual([401, 'app']);
  const after = await rig.sentByType();
  const changed = Object.keys(after).filter((type) => after[type] !== before[type]);
  expect(changed).toEqual(['TypedExtensionConfig']);
});

test('keys of a server are fetched once in a while, rotate, and stay while it does not answer', async () => {
  await serve('remote', { jwt: { providers: [remote()] } });
  const known = { headers: bob.headers() };
  expect(await rig.answers('remote', ['/', known, { headers: ann.headers() }])).toEqual([401, 'app', 401]);
  bob.rotate();
  const next = { headers: bob.headers() };
  await converge(async () => expect(await rig.answers('remote', [next])).toEqual(['app']));
  isSilent = true;
  const asked = fetches;
  await converge(() => expect(fetches).toBeGreaterThan(asked + 1));
  expect(await rig.answers('remote', [next])).toEqual(['app']);
  isSilent = false;
});

test('a policy whose keys cannot be had closes its routes alone', async () => {
  await serve('absent', { jwt: { providers: [remote({ backendRefs: [backend('nothing')] })] } });
  expect(await rig.answers('absent', ['/', { headers: bob.headers() }])).toEqual([500, 500]);
  expect(await rig.answers('local', [{ headers: ann.headers({ aud: 'shop' }) }])).toEqual(['app']);
});
