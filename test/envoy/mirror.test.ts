import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { backend } from '../rig/objects/manifests.ts';
import { converge } from '../rig/envoy/converge.ts';
import type { EchoBackend } from '../rig/envoy/echo-backend.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';

let rig: EnvoyRig;
let app: EchoBackend;
let one: EchoBackend;
let two: EchoBackend;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  app = await rig.backend('app');
  one = await rig.backend('one');
  two = await rig.backend('two');
});

beforeEach(() => {
  for (const server of [app, one, two]) {
    server.count = 0;
    server.requests.length = 0;
  }
});

afterAll(() => rig.close());

function mirror(name: string, share: object = {}): object {
  return { type: 'RequestMirror', requestMirror: { backendRef: backend(name), ...share } };
}

async function sendMany(name: string, count: number): Promise<void> {
  for (let i = 0; i < count; i += 20) {
    await Promise.all(Array.from({ length: 20 }, () => rig.echo(name, { path: '/mirrored' })));
  }
}

test('a mirror gets the same request, and the client the answer of the backend', async () => {
  await rig.serve('mirror', [{ filters: [mirror('one')], backendRefs: [backend('app')] }]);
  const found = await rig.echo('mirror', {
    path: '/a?b=c',
    method: 'POST',
    headers: { 'x-h': '1' },
    body: 'text',
  });
  expect(found.backend).toBe('app');
  await converge(() => one.count === 1);
  expect(one.requests[0]).toMatchObject({ method: 'POST', path: '/a?b=c', host: 'mirror.test' });
  expect(one.requests[0]?.headers['x-h']).toEqual(['1']);
});

test('several mirrors each get every request', async () => {
  await rig.serve('several', [{ filters: [mirror('one'), mirror('two')], backendRefs: [backend('app')] }]);
  await sendMany('several', 20);
  await converge(() => one.count === 20 && two.count === 20);
  expect(app.count).toBe(20);
});

test('percent 0 mirrors nothing, and 100 everything', async () => {
  await rig.serve('none', [
    {
      filters: [mirror('one', { percent: 0 }), mirror('two', { percent: 100 })],
      backendRefs: [backend('app')],
    },
  ]);
  await sendMany('none', 40);
  await converge(() => two.count === 40);
  expect(one.count).toBe(0);
});

test('a percentage or fraction mirrors about that share', async () => {
  await rig.serve('half', [
    {
      filters: [
        mirror('one', { percent: 50 }),
        mirror('two', { fraction: { numerator: 1, denominator: 4 } }),
      ],
      backendRefs: [backend('app')],
    },
  ]);
  await sendMany('half', 400);
  await converge(() => one.count >= 140 && two.count >= 50);
  expect(one.count).toBeLessThanOrEqual(260);
  expect(two.count).toBeLessThanOrEqual(160);
});

test('a mirror that fails, never answers or has no endpoints disturbs no request', async () => {
  one.behaviour = () => ({ kind: 'reset' });
  two.behaviour = () => ({ kind: 'hold' });
  await rig.serve('broken', [
    { filters: [mirror('one'), mirror('two'), mirror('missing')], backendRefs: [backend('app')] },
  ]);
  await sendMany('broken', 20);
  one.behaviour = () => ({ kind: 'echo' });
  two.behaviour = () => ({ kind: 'echo' });
  expect(app.count).toBe(20);
});

test('a mirror follows the endpoints of its Service', async () => {
  const moved = await rig.server('moved');
  await rig.serve('follow', [{ filters: [mirror('two')], backendRefs: [backend('app')] }]);
  rig.pointAt('two', [moved]);
  await rig.settled();
  await rig.echo('follow');
  await converge(() => moved.count === 1);
  expect(two.count).toBe(0);
});
