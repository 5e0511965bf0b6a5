import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backend, policy } from '../rig/objects/manifests.ts';
import type { EchoBackend } from '../rig/envoy/echo-backend.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { secret } from '../rig/pipeline/security-policy.ts';

let rig: EnvoyRig;
let app: EchoBackend;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  app = await rig.backend('app');
});

afterAll(() => rig.close());

async function serve(name: string, spec: object, ...more: readonly object[]): Promise<void> {
  const targetRefs = [{ kind: 'HTTPRoute', name }];
  rig.apply([policy('SecurityPolicy', { targetRefs, ...spec }, { name }), ...more]);
  await rig.serve(name, [{ backendRefs: [backend('app')] }]);
}

function user(name: string, password: string): string {
  return `${name}:{SHA}${createHash('sha1').update(password).digest('base64')}`;
}

function basic(name: string, password: string) {
  return { headers: { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` } };
}

test('users come in by their password, their name goes along, and a new password counts at once', async () => {
  const users = { basicAuth: { users: { name: 'users' }, forwardUsernameHeader: 'X-User' } };
  await serve(
    'basic',
    users,
    secret('users', { '.htpasswd': [user('ann', 'a'), user('bob', 'b')].join('\n') }),
  );
  const requests = ['/', basic('ann', 'a'), basic('ann', 'b'), basic('bob', 'b'), basic('eve', 'a')];
  expect(await rig.answers('basic', requests)).toEqual([401, 'app', 401, 'app', 401]);
  const { headers } = await rig.echo('basic', { headers: { ...basic('bob', 'b').headers, 'x-user': 'ann' } });
  expect(headers['x-user']).toEqual(['bob']);
  rig.apply([secret('users', { '.htpasswd': user('ann', 'new') })]);
  await rig.settled();
  expect(await rig.answers('basic', [basic('ann', 'a'), basic('ann', 'new'), basic('bob', 'b')])).toEqual([
    401,
    'app',
    401,
  ]);
});

test('clients come in by their key, from any of its places', async () => {
  const apiKeyAuth = {
    credentialRefs: [{ name: 'keys' }],
    extractFrom: [{ headers: ['x-key'] }, { params: ['key'] }, { cookies: ['key'] }],
    forwardClientIDHeader: 'x-client',
    sanitize: true,
  };
  await serve('keys', { apiKeyAuth }, secret('keys', { ann: 'a-1', bob: 'b 2' }));
  expect(
    await rig.answers('keys', [
      '/',
      { headers: { 'x-key': 'a-1' } },
      { headers: { 'x-key': 'b 2' } },
      { headers: { 'x-key': 'ann' } },
      '/?key=a-1',
      '/?key=a-2',
      { headers: { cookie: 'key=a-1' } },
    ]),
  ).toEqual([401, 'app', 'app', 401, 'app', 401, 'app']);
  const { headers } = await rig.echo('keys', { headers: { 'x-key': 'a-1', 'x-client': 'bob' } });
  expect(headers['x-client']).toEqual(['ann']);
  expect(headers).not.toHaveProperty('x-key');
});

test('pages of other origins read answers only as allowed, and a preflight needs no password', async () => {
  const cors = { allowOrigins: ['https://*.a.test'], allowMethods: ['GET', 'PUT'], maxAge: '10m' };
  const both = { cors, basicAuth: { users: { name: 'users' } } };
  await serve('cors', both, secret('users', { '.htpasswd': user('ann', 'a') }));
  const preflight = (origin: string) =>
    rig.send('cors', { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'PUT' } });
  const allowed = await preflight('https://x.a.test');
  expect(allowed.status).toBe(200);
  expect(allowed.headers.get('access-control-allow-methods')).toEqual(['GET, PUT']);
  expect(allowed.headers.get('access-control-max-age')).toEqual(['600']);
  expect((await preflight('https://x.b.test')).headers.has('access-control-allow-origin')).toBe(false);
  expect((await rig.send('cors', { headers: { origin: 'https://x.a.test' } })).status).toBe(401);
});

const from = (origin: string, method = 'POST') => ({ method, headers: { origin } });

test('requests that change something come from pages of the host itself, or of origins that the policy names', async () => {
  await serve('csrf', { csrf: { additionalOrigins: ['https://*.a.test', 'https://b.test:8443'] } });
  expect(
    await rig.answers('csrf', [
      from('http://csrf.test'),
      from('https://x.a.test'),
      from('https://b.test:8443'),
      from('https://b.test'),
      from('https://a.test'),
      from('https://evil.test'),
      from('https://evil.test', 'GET'),
      { method: 'POST' },
    ]),
  ).toEqual(['app', 'app', 'app', 403, 403, 403, 'app', 403]);
});

const team = (name: string, more: object = {}) => ({ headers: { 'x-team': name, ...more } });

test('the first rule that matches a request decides', async () => {
  const authorization = {
    rules: [
      { action: 'Deny', principal: { headers: [{ name: 'X-Team', values: ['evil'] }] } },
      {
        action: 'Allow',
        principal: { clientCIDRs: ['127.0.0.0/8', '::1/128'] },
        operation: { methods: ['GET', 'PUT'], path: { value: '/a' } },
      },
      {
        action: 'Allow',
        principal: {
          headers: [
            { name: 'x-team', values: ['a', 'b'] },
            { name: 'x-role', values: ['r'] },
          ],
        },
      },
      { action: 'Allow', principal: { clientCIDRs: ['10.0.0.0/8'] } },
      {
        action: 'Allow',
        principal: { clientCIDRs: ['127.0.0.1/32'] },
        operation: { path: { type: 'RegularExpression', value: '/r[0-9]+' } },
      },
      {
        action: 'Allow',
        principal: { clientCIDRs: ['127.0.0.1/32'] },
        operation: { methods: ['DELETE'], path: { type: 'Exact', value: '/e', invert: true } },
      },
    ],
  };
  await serve('rules', { authorization });
  expect(
    await rig.answers('rules', [
      '/a',
      '/a/b?c',
      '/ab',
      { path: '/a', method: 'POST' },
      { path: '/a', ...team('evil') },
      team('a', { 'x-role': 'r' }),
      team('b', { 'x-role': 'r' }),
      team('b'),
      { headers: { 'x-forwarded-for': '10.0.0.1' } },
      '/r12?q',
      '/r1x',
      { path: '/x', method: 'DELETE' },
      { path: '/e?q', method: 'DELETE' },
    ]),
  ).toEqual(['app', 'app', 403, 403, 403, 'app', 'app', 403, 403, 'app', 403, 'app', 403]);
});

test('without rules the default decides, which is to refuse', async () => {
  await serve('closed', { authorization: {} });
  await serve('open', { authorization: { defaultAction: 'Allow' } });
  expect(await rig.answers('closed', ['/'])).toEqual([403]);
  expect(await rig.answers('open', ['/'])).toEqual(['app']);
});

test('all parts of a policy must let a request pass', async () => {
  const spec = {
    basicAuth: { users: { name: 'users' } },
    apiKeyAuth: { credentialRefs: [{ name: 'keys' }], extractFrom: [{ headers: ['x-key'] }] },
    authorization: { rules: [{ action: 'Allow', principal: { headers: [{ name: 'x-a', values: ['1'] }] } }] },
  };
  await serve(
    'all',
    spec,
    secret('users', { '.htpasswd': user('ann', 'a') }),
    secret('keys', { ann: 'a-1' }),
  );
  const { headers } = basic('ann', 'a');
  const key = { 'x-key': 'a-1' };
  expect(
    await rig.answers('all', [
      { headers },
      { headers: key },
      { headers: { ...headers, ...key } },
      { headers: { ...headers, ...key, 'x-a': '1' } },
    ]),
  ).toEqual([401, 401, 403, 'app']);
});

test('a policy that is not valid closes its routes and no other, and nothing is rejected', async () => {
  app.count = 0;
  await serve('broken', { basicAuth: { users: { name: 'none' } } });
  await serve('oidc', { oidc: {} });
  expect(await rig.answers('broken', ['/'])).toEqual([500]);
  expect(await rig.answers('oidc', ['/'])).toEqual([500]);
  expect(await rig.answers('open', ['/'])).toEqual(['app']);
  expect(app.count).toBe(1);
});
