import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { backend } from '../rig/objects/manifests.ts';
import { EchoBackend } from '../rig/envoy/echo-backend.ts';
import { Bed } from '../rig/envoy/envoy-rig.ts';

let bed: Bed;
let app: EchoBackend;

beforeAll(async () => {
  bed = await Bed.start();
  app = await bed.backend('app');
});

beforeEach(() => {
  app.count = 0;
});

afterAll(() => bed.close());

function rule(retry?: object): object {
  return { backendRefs: [backend('app')], ...(retry === undefined ? {} : { retry }) };
}

function failFirst(failures: number, status: number): void {
  app.behaviour = (_, count) => (count <= failures ? { kind: 'status', status } : { kind: 'echo' });
}

test('a listed status code is retried as often as the attempts say', async () => {
  await bed.serve('codes', [rule({ codes: [503, 429], attempts: 2, backoff: '1ms' })]);
  failFirst(2, 503);
  expect(await bed.answers('codes', ['/'])).toEqual(['app']);
  expect(app.count).toBe(3);
  app.count = 0;
  failFirst(3, 429);
  expect(await bed.answers('codes', ['/'])).toEqual([429]);
  expect(app.count).toBe(3);
});

test('a status code that is not listed is not retried', async () => {
  await bed.serve('other', [rule({ codes: [503], attempts: 3 })]);
  failFirst(1, 500);
  expect(await bed.answers('other', ['/'])).toEqual([500]);
  expect(app.count).toBe(1);
});

test('without a retry a failure goes to the client', async () => {
  await bed.serve('plain', [rule()]);
  failFirst(1, 503);
  expect(await bed.answers('plain', ['/'])).toEqual([503]);
  app.count = 0;
  app.behaviour = () => ({ kind: 'reset' });
  expect(await bed.answers('plain', ['/'])).toEqual([503]);
  expect(app.count).toBe(1);
});

test('no attempts is no retry', async () => {
  await bed.serve('zero', [rule({ codes: [503], attempts: 0 })]);
  failFirst(1, 503);
  expect(await bed.answers('zero', ['/'])).toEqual([503]);
});

test('a connection that ends without an answer is retried', async () => {
  await bed.serve('reset', [rule({ attempts: 1 })]);
  app.behaviour = (_, count) => ({ kind: count === 1 ? 'reset' : 'echo' });
  expect(await bed.answers('reset', ['/'])).toEqual(['app']);
  expect(app.count).toBe(2);
});

test('a retry goes to another endpoint than the one that refused the connection', async () => {
  const dead = new EchoBackend('dead');
  await dead.listen();
  const live = await bed.backend('pair');
  bed.pointAt('pair', [dead, live]);
  // Its port refuses connections from now on, while EDS still lists it.
  await bed.settled();
  const { port } = dead;
  await dead.close();
  expect(port).toBeGreaterThan(0);
  await bed.serve('pair', [{ backendRefs: [backend('pair')], retry: { attempts: 2, backoff: '1ms' } }]);
  const answers = await bed.answers(
    'pair',
    Array.from({ length: 80 }, () => '/'),
  );
  expect(new Set(answers)).toEqual(new Set(['pair']));
});
