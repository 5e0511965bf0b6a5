import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { backend } from '../rig/objects/manifests.ts';
import type { EchoBackend } from '../rig/envoy/echo-backend.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';

let rig: EnvoyRig;
let app: EchoBackend;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  app = await rig.backend('app');
});

beforeEach(() => {
  app.behaviour = () => ({ kind: 'echo' });
  app.count = 0;
});

afterAll(() => rig.close());

function rule(timeouts: object, more: object = {}): object {
  return { timeouts, backendRefs: [backend('app')], ...more };
}

test('a request timeout ends an unanswered request with 504', async () => {
  app.behaviour = () => ({ kind: 'hold' });
  await rig.serve('request', [rule({ request: '100ms' })]);
  expect((await rig.send('request')).status).toBe(504);
});

test('a backend timeout ends an unanswered request with 504', async () => {
  app.behaviour = () => ({ kind: 'hold' });
  await rig.serve('backend', [rule({ request: '15s', backendRequest: '100ms' })]);
  await rig.serve('backend-only', [rule({ backendRequest: '100ms' })]);
  expect(await rig.answers('backend', ['/'])).toEqual([504]);
  expect(await rig.answers('backend-only', ['/'])).toEqual([504]);
});

test('a request that is answered in time is not touched', async () => {
  await rig.serve('quick', [rule({ request: '10s', backendRequest: '5s' })]);
  expect(await rig.answers('quick', ['/'])).toEqual(['app']);
});

test('a timeout of 0 is none', async () => {
  await rig.serve('zero', [rule({ request: '0s' })]);
  const dump = JSON.parse(await rig.envoy.configDump()) as unknown;
  const route = findRoute(dump, 'default/zero/0/0');
  expect(route).toMatchObject({ route: { timeout: '0s' } });
  expect(await rig.answers('zero', ['/'])).toEqual(['app']);
});

test('each attempt has the backend timeout, and all of them together that of the request', async () => {
  app.behaviour = (_, count) => ({ kind: count === 1 ? 'hold' : 'echo' });
  await rig.serve('attempts', [
    rule({ request: '15s', backendRequest: '200ms' }, { retry: { attempts: 3 } }),
  ]);
  expect(await rig.answers('attempts', ['/'])).toEqual(['app']);
  expect(app.count).toBeGreaterThan(1);
  app.behaviour = () => ({ kind: 'hold' });
  app.count = 0;
  await rig.serve('total', [
    rule({ request: '500ms', backendRequest: '200ms' }, { retry: { attempts: 50 } }),
  ]);
  expect(await rig.answers('total', ['/'])).toEqual([504]);
  expect(app.count).toBeGreaterThan(1);
  expect(app.count).toBeLessThan(10);
});

function findRoute(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if ('match' in value && 'name' in value && value.name === name) return value;
  for (const child of Object.values(value)) {
    const found = findRoute(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
}
