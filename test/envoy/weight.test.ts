import { afterAll, beforeAll, expect, test } from 'vitest';
import { backend, endpointSlice, service } from '../rig/objects/manifests.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  for (const name of ['a', 'b', 'c']) await rig.backend(name);
});

afterAll(() => rig.close());

async function tally(name: string): Promise<Map<string | number, number>> {
  const counts = new Map<string | number, number>();
  for (let i = 0; i < 20; i++) {
    const batches = await Promise.all(Array.from({ length: 20 }, () => rig.answers(name, ['/'])));
    for (const found of batches.flat()) counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  return counts;
}

function weighted(...refs: (readonly [string, number])[]): object {
  return { backendRefs: refs.map(([name, weight]) => backend(name, { weight })) };
}

test('requests are split by weight', async () => {
  await rig.serve('split', [weighted(['a', 8], ['b', 2])]);
  const counts = await tally('split');
  expect(new Set(counts.keys())).toEqual(new Set(['a', 'b']));
  expect(counts.get('b')).toBeGreaterThan(40);
  expect(counts.get('b')).toBeLessThan(130);
});

test('a weight of 0 gets nothing', async () => {
  await rig.serve('zero', [weighted(['a', 0], ['b', 1], ['c', 0])]);
  expect(await tally('zero')).toEqual(new Map([['b', 400]]));
});

test('only weights of 0 are answered with 500', async () => {
  await rig.serve('zeros', [weighted(['a', 0], ['b', 0])]);
  expect(await rig.answers('zeros', ['/', '/', '/'])).toEqual([500, 500, 500]);
});

test('large weights are a share of their sum', async () => {
  await rig.serve('large', [weighted(['a', 1_000_000], ['b', 1_000_000])]);
  const counts = await tally('large');
  expect(counts.get('a')).toBeGreaterThan(140);
  expect(counts.get('b')).toBeGreaterThan(140);
});

test('two backendRefs to one Service add up', async () => {
  await rig.serve('twice', [weighted(['a', 1], ['a', 1], ['b', 2])]);
  const counts = await tally('twice');
  expect(counts.get('a')).toBeGreaterThan(140);
  expect(counts.get('a')).toBeLessThan(260);
});

test('an invalid backendRef answers its share with 500 and leaves the rest alone', async () => {
  await rig.serve('half', [weighted(['a', 1], ['missing', 1])]);
  const counts = await tally('half');
  expect(new Set(counts.keys())).toEqual(new Set([500, 'a']));
  expect(counts.get(500)).toBeGreaterThan(140);
  expect(counts.get(500)).toBeLessThan(260);
});

test('only invalid backendRefs, or none at all, are answered with 500', async () => {
  await rig.serve('invalid', [
    { matches: [{ path: { value: '/missing' } }], backendRefs: [backend('missing'), backend('missing-too')] },
    {
      matches: [{ path: { value: '/kind' } }],
      backendRefs: [{ name: 'a', kind: 'Bucket', group: 'x.test' }],
    },
    { matches: [{ path: { value: '/port' } }], backendRefs: [{ name: 'a', port: 81 }] },
    { matches: [{ path: { value: '/none' } }] },
  ]);
  expect(await rig.answers('invalid', ['/missing', '/kind', '/port', '/none'])).toEqual([500, 500, 500, 500]);
});

test('a Service without endpoints is answered with 503', async () => {
  rig.apply([
    service('empty'),
    service('unready'),
    endpointSlice([{ addresses: ['127.0.0.1'], conditions: { ready: false } }], {
      name: 'unready-1',
      service: 'unready',
    }),
  ]);
  await rig.serve('empty', [
    { matches: [{ path: { value: '/empty' } }], backendRefs: [backend('empty')] },
    { matches: [{ path: { value: '/unready' } }], backendRefs: [backend('unready')] },
  ]);
  expect(await rig.answers('empty', ['/empty', '/unready'])).toEqual([503, 503]);
});

test('a Service that comes late ends the 500 of its backendRef, and one that goes brings it back', async () => {
  await rig.serve('late', [weighted(['late', 1])]);
  expect(await rig.answers('late', ['/'])).toEqual([500]);
  await rig.backend('late');
  await rig.settled();
  expect(await rig.answers('late', ['/'])).toEqual(['late']);
  rig.apply([], [service('late')]);
  await rig.settled();
  expect(await rig.answers('late', ['/'])).toEqual([500]);
});

test('an unknown ExtensionRef answers its rule with 500', async () => {
  const extensionRef = { group: 'x.test', kind: 'Plugin', name: 'p' };
  await rig.serve('extension', [
    {
      matches: [{ path: { value: '/x' } }],
      filters: [{ type: 'ExtensionRef', extensionRef }],
      backendRefs: [backend('a')],
    },
    { matches: [{ path: { value: '/y' } }], backendRefs: [backend('b')] },
  ]);
  expect(await rig.answers('extension', ['/x', '/y'])).toEqual([500, 'b']);
});
