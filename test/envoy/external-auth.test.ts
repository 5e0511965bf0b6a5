import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CheckServer } from '../rig/envoy/check-server.ts';
import type { EchoBackend } from '../rig/envoy/echo-backend.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { backend, endpointSlice, service } from '../rig/objects/manifests.ts';

let rig: EnvoyRig;
let app: EchoBackend;
let auth: EchoBackend;
const checks = new CheckServer('x-password');

beforeAll(async () => {
  rig = await EnvoyRig.start();
  app = await rig.backend('app');
  auth = await rig.backend('auth');
  const { port } = await checks.start();
  rig.apply([service('check'), endpointSlice(['127.0.0.1'], { name: 'check-0', service: 'check', port })]);
});

beforeEach(() => {
  app.requests.length = 0;
  auth.requests.length = 0;
  checks.checked.length = 0;
  auth.behaviour = ({ headers }) =>
    headers['authorization']?.[0] === 'yes'
      ? { kind: 'echo', headers: { 'x-user': 'ann', 'x-other': 'b', host: 'evil.test', upgrade: 'no' } }
      : { kind: 'status', status: 401 };
});

afterAll(async () => {
  checks.close();
  await rig.close();
});

function externalAuth(fields: object, name = 'auth'): object {
  return { type: 'ExternalAuth', externalAuth: { protocol: 'HTTP', backendRef: backend(name), ...fields } };
}

function rule(fields: object, name = 'auth'): object {
  return { filters: [externalAuth(fields, name)], backendRefs: [backend('app')] };
}

const known = { headers: { authorization: 'yes', 'x-extra': '1', 'content-type': 'text/plain' } };

test('an HTTP server lets a request pass, and its headers go along but for those of its own message', async () => {
  await rig.serve('http', [rule({ http: { path: '/auth', allowedHeaders: ['X-Extra'] } })]);
  expect(await rig.answers('http', ['/a', { ...known, path: '/a' }])).toEqual([401, 'app']);
  expect(auth.requests.map(({ path }) => path)).toEqual(['/auth/a', '/auth/a']);
  const [, asked] = auth.requests;
  expect(asked).toMatchObject({ method: 'GET', host: 'http.test' });
  expect(asked?.headers).toMatchObject({ 'x-extra': ['1'] });
  expect(asked?.headers).not.toHaveProperty('content-type');
  expect(app.requests).toHaveLength(1);
  expect(app.requests[0]).toMatchObject({ path: '/a', host: 'http.test' });
  const { headers } = app.requests[0] ?? { headers: {} };
  expect(headers).toMatchObject({ 'x-user': ['ann'], 'x-other': ['b'], 'content-type': ['text/plain'] });
  expect(headers).not.toHaveProperty('upgrade');
});

test('with a list, no other headers of the answer go along', async () => {
  await rig.serve('listed', [rule({ http: { allowedResponseHeaders: ['X-User'] } })]);
  expect(await rig.answers('listed', [known])).toEqual(['app']);
  expect(app.requests[0]?.headers).toMatchObject({ 'x-user': ['ann'] });
  expect(app.requests[0]?.headers).not.toHaveProperty('x-other');
});

test('a body of more than its limit is refused', async () => {
  await rig.serve('body', [rule({ forwardBody: { maxSize: 8 } })]);
  const bodies = ['12345678', '123456789'];
  const requests = bodies.map((body) => ({ ...known, method: 'POST', body }));
  expect(await rig.answers('body', requests)).toEqual(['app', 413]);
});

test('a gRPC server sees all headers, or those that it may, and decides', async () => {
  await rig.serve('grpc', [rule({ protocol: 'GRPC' }, 'check')]);
  expect(await rig.answers('grpc', ['/', { headers: { 'x-password': '1' } }])).toEqual([403, 'app']);
  await rig.serve('grpc', [rule({ protocol: 'GRPC', grpc: { allowedHeaders: ['x-a'] } }, 'check')]);
  expect(await rig.answers('grpc', [{ headers: { 'x-password': '1' } }])).toEqual([403]);
});

test('each server of a rule and of its backend is asked, and a redirect waits for it too', async () => {
  const both = { filters: [externalAuth({ protocol: 'GRPC' }, 'check')] };
  await rig.serve('both', [{ filters: [externalAuth({})], backendRefs: [backend('app', both)] }]);
  const { headers } = known;
  const password = { 'x-password': '1' };
  expect(
    await rig.answers('both', [{ headers }, { headers: password }, { headers: { ...headers, ...password } }]),
  ).toEqual([403, 401, 'app']);
  const redirect = { type: 'RequestRedirect', requestRedirect: { hostname: 'other.test' } };
  await rig.serve('away', [{ filters: [externalAuth({}), redirect] }]);
  expect(await rig.answers('away', ['/', known])).toEqual([401, 302]);
});

test('without the server no request passes, and other rules are served', async () => {
  const other = { matches: [{ path: { value: '/other' } }], backendRefs: [backend('app')] };
  await rig.serve('absent', [rule({}, 'nothing'), other]);
  expect(await rig.answers('absent', [known, '/other'])).toEqual([500, 'app']);
  expect(rig.condition('HTTPRoute', 'absent', 'ResolvedRefs')).toMatchObject({
    status: 'False',
    reason: 'BackendNotFound',
    message: expect.stringContaining('spec.rules[0].filters[0].externalAuth.backendRef.name') as string,
  });
  rig.apply([service('empty')]);
  await rig.serve('absent', [rule({}, 'empty'), other]);
  expect(await rig.answers('absent', [known, '/other'])).toEqual([403, 'app']);
});
