import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CheckServer } from '../rig/envoy/check-server.ts';
import type { EchoBackend } from '../rig/envoy/echo-backend.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { backend, configMap, endpointSlice, policy, service } from '../rig/objects/manifests.ts';
import { secret } from '../rig/pipeline/security-policy.ts';

let rig: EnvoyRig;
let app: EchoBackend;
let auth: EchoBackend;
const checks = new CheckServer('x-password');

beforeAll(async () => {
  rig = await EnvoyRig.start();
  app = await rig.backend('app');
  auth = await rig.backend('auth');
  const { port } = await checks.start();
  rig.apply([
    service('check'),
    endpointSlice(['127.0.0.1'], { name: 'check-0', service: 'check', port }),
    service('empty'),
  ]);
});

beforeEach(() => {
  app.requests.length = 0;
  auth.requests.length = 0;
  checks.checked.length = 0;
  auth.behaviour = ({ headers }) =>
    headers['authorization']?.[0] === 'yes'
      ? { kind: 'echo', headers: { 'x-user': 'ann', 'x-other': 'b' } }
      : { kind: 'status', status: 401 };
});

afterAll(async () => {
  checks.close();
  await rig.close();
});

async function serve(name: string, extAuth: object, ...more: readonly object[]): Promise<void> {
  const targetRefs = [{ kind: 'HTTPRoute', name }];
  rig.apply([policy('SecurityPolicy', { targetRefs, extAuth }, { name }), ...more]);
  await rig.serve(name, [{ backendRefs: [backend('app')] }]);
}

const known = { headers: { authorization: 'yes', 'x-extra': '1' } };
const password = { headers: { 'x-password': '1' } };

test('a server by HTTP decides, and the headers that the policy names go along', async () => {
  const http = { backendRefs: [backend('auth')], path: '/check', headersToBackend: ['X-User'] };
  await serve('http', { http, headersToExtAuth: ['X-Extra'] });
  expect(await rig.answers('http', ['/a', { ...known, path: '/a' }])).toEqual([401, 'app']);
  expect(auth.requests.map(({ path }) => path)).toEqual(['/check/a', '/check/a']);
  expect(auth.requests[1]?.headers).toMatchObject({ 'x-extra': ['1'] });
  expect(app.requests[0]?.headers).toMatchObject({ 'x-user': ['ann'] });
  expect(app.requests[0]?.headers).not.toHaveProperty('x-other');
});

test('a path for all checks, and no headers of the answer without a list', async () => {
  await serve('path', { http: { backendRefs: [backend('auth')], pathOverride: '/only' } });
  expect(await rig.answers('path', [{ ...known, path: '/a?b' }])).toEqual(['app']);
  expect(auth.requests.map(({ path }) => path)).toEqual(['/only']);
  expect(app.requests[0]?.headers).not.toHaveProperty('x-user');
});

const valueRef = (kind: string) => ({ kind, name: 'context', key: 'key' });

test('a server by gRPC decides, and learns what the policy has for it', async () => {
  const grpc = { backendRefs: [backend('check')] };
  const contextExtensions = [
    { name: 'plain', value: 'in-place' },
    { name: 'secret', type: 'ValueRef', valueRef: valueRef('Secret') },
    { name: 'config', type: 'ValueRef', valueRef: valueRef('ConfigMap') },
  ];
  await serve(
    'grpc',
    { grpc, contextExtensions },
    secret('context', { key: 'of-the-secret' }),
    configMap({ key: 'of-the-config-map' }, { name: 'context' }),
  );
  expect(await rig.answers('grpc', ['/', password])).toEqual([403, 'app']);
  for (const text of ['in-place', 'of-the-secret', 'of-the-config-map'])
    expect(checks.checked[0]).toContain(text);
  await serve('named', { grpc, headersToExtAuth: ['x-a'] });
  expect(await rig.answers('named', [password])).toEqual([403]);
});

test('a server by gRPC learns which route has the request, where the policy asks for it', async () => {
  const grpc = { backendRefs: [backend('check')] };
  await serve('known', { grpc, includeRouteMetadata: true });
  await serve('unknown', { grpc });
  expect(await rig.answers('known', [password])).toEqual(['app']);
  expect(await rig.answers('unknown', [password])).toEqual(['app']);
  const [named = '', nameless = ''] = checks.checked;
  for (const text of ['envoy-gateway', 'resources', 'HTTPRoute', 'default', 'known'])
    expect(named).toContain(text);
  expect(nameless).not.toContain('envoy-gateway');
});

test('a body of more than its limit is refused', async () => {
  await serve('body', { http: { backendRefs: [backend('auth')] }, bodyToExtAuth: { maxRequestBytes: 8 } });
  const requests = ['12345678', '123456789'].map((body) => ({ ...known, method: 'POST', body }));
  expect(await rig.answers('body', requests)).toEqual(['app', 413]);
});

test('without an answer the policy says what clients get, and whether requests pass', async () => {
  const grpc = { backendRefs: [backend('empty')] };
  await serve('silent', { grpc });
  await serve('status', { grpc, statusOnError: 503 });
  await serve('open', { grpc, failOpen: true });
  expect(await rig.answers('silent', [password])).toEqual([403]);
  expect(await rig.answers('status', [password])).toEqual([503]);
  expect(await rig.answers('open', [password])).toEqual(['app']);
  auth.behaviour = () => ({ kind: 'hold' });
  await serve('slow', { http: { backendRefs: [backend('auth')] }, timeout: '50ms', statusOnError: 504 });
  expect(await rig.answers('slow', [known])).toEqual([504]);
});

test('a server that does not exist closes the routes of its policy, unless failOpen covers it', async () => {
  const grpc = { backendRefs: [backend('nothing')] };
  await serve('absent', { grpc });
  await serve('passed', { grpc, failOpen: true });
  expect(await rig.answers('absent', [password])).toEqual([500]);
  expect(await rig.answers('passed', ['/'])).toEqual(['app']);
});

test('of several servers the next one is asked while the first has no endpoint, and a fallback last', async () => {
  const backendSettings = { circuitBreaker: { maxConnections: 5 } };
  const first = { ...backend('empty'), weight: 5 };
  await serve('turn', { grpc: { backendRefs: [backend('check'), first], backendSettings } });
  await serve('spare', {
    http: { backendRefs: [{ ...backend('auth'), fallback: true }, first], backendSettings },
  });
  expect(await rig.answers('turn', ['/', password])).toEqual([403, 'app']);
  expect(await rig.answers('spare', ['/', known])).toEqual([401, 'app']);
});
