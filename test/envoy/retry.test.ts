import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { backend } from '../rig/objects/manifests.ts';
import { EchoBackend } from '../rig/envoy/echo-backend.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';

let rig: EnvoyRig;
let app: EchoBackend;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  app = await rig.backend('app');
});

beforeEach(() => {
  app.count = 0;
});

afterAll(() => rig.close());

function rule(retry?: object): object {
  return { backendRefs: [backend('app')], ...(retry === undefined ? {} : { retry }) };
}

function failFirst(failures: number, status: number): void {
  app.behaviour = (_, count) => (count <= failures ? { kind: 'status', status } : { kind: 'echo' });
}

test('a listed status code is retried as often as the attempts say', async () => {
  await rig.serve('codes', [rule({ codes: [503, 429], attempts: 2, backoff: '1ms' })]);
  failFirst(2, 503);
  expect(await rig.answers('codes', ['/'])).toEqual(['app']);
  expect(app.count).toBe(3);
  app.count = 0;
  failFirst(3, 429);
  expect(await rig.answers('codes', ['/'])).toEqual([429]);
  expect(app.count).toBe(3);
});

test('a status code that is not listed is not retried', async () => {
  await rig.serve('other', [rule({ codes: [503], attempts: 3 })]);
  failFirst(1, 500);
  expect(await rig.answers('other', ['/'])).toEqual([500]);
  expect(app.count).toBe(1);
});

test('without a retry a failure goes to the client', async () => {
  await rig.serve('plain', [rule()]);
  failFirst(1, 503);
  expect(await rig.answers('plain', ['/'])).toEqual([503]);
  app.count = 0;
  app.behaviour = () => ({ kind: 'reset' });
  expect(await rig.answers('plain', ['/'])).toEqual([503]);
  expect(app.count).toBe(1);
});

test('no attempts is no retry', async () => {
  await rig.serve('zero', [rule({ codes: [503], attempts: 0 })]);
  failFirst(1, 503);
  expect(await rig.answers('zero', ['/'])).toEqual([503]);
});

test('a request that a backend may have processed is retried after its own timeout alone', async () => {
  await rig.serve('reset', [rule({ attempts: 1 })]);
  app.behaviour = (_, count) => ({ kind: count === 1 ? 'reset' : 'echo' });
  expect(await rig.answers('reset', ['/'])).toEqual([503]);
  expect(app.count).toBe(1);
  await rig.serve('timed', [{ ...rule({ attempts: 1 }), timeouts: { backendRequest: '1s' } }]);
  app.count = 0;
  expect(await rig.answers('timed', ['/'])).toEqual(['app']);
  expect(app.count).toBe(2);
});

test('one attempt is the default', async () => {
  await rig.serve('default', [rule({ codes: [503], backoff: '1ms' })]);
  failFirst(1, 503);
  expect(await rig.answers('default', ['/'])).toEqual(['app']);
  app.count = 0;
  failFirst(2, 503);
  expect(await rig.answers('default', ['/'])).toEqual([503]);
  expect(app.count).toBe(2);
});

test('a retry goes to another endpoint than the one that refused the connection', async () => {
  const dead = new EchoBackend('dead');
  await dead.listen();
  const live = await rig.backend('pair');
  rig.pointAt('pair', [dead, live]);
  // The port now refuses connections, while EDS still lists it.
  await rig.settled();
  const { port } = dead;
  await dead.close();
  expect(port).toBeGreaterThan(0);
  await rig.serve('pair', [{ backendRefs: [backend('pair')], retry: { attempts: 2, backoff: '1ms' } }]);
  const answers = await rig.answers(
    'pair',
    Array.from({ length: 80 }, () => '/'),
  );
  expect(new Set(answers)).toEqual(new Set(['pair']));
});
