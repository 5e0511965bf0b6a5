import { afterAll, beforeAll, expect, test } from 'vitest';
import { backend, endpointSlice, service } from '../rig/objects/manifests.ts';
import { Bed } from '../rig/envoy/envoy-rig.ts';

let bed: Bed;

beforeAll(async () => {
  bed = await Bed.start();
  for (const name of ['a', 'b', 'c']) await bed.backend(name);
});

afterAll(() => bed.close());

/** Answers of 400 requests by backend or status. */
async function tally(name: string): Promise<Map<string | number, number>> {
  const counts = new Map<string | number, number>();
  for (let i = 0; i < 20; i++) {
    const batches = await Promise.all(Array.from({ length: 20 }, () => bed.answers(name, ['/'])));
    for (const found of batches.flat()) counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  return counts;
}

function weighted(...refs: (readonly [string, number])[]): object {
  return { backendRefs: refs.map(([name, weight]) => backend(name, { weight })) };
}

test('requests are split by weight', async () => {
  await bed.serve('split', [weighted(['a', 8], ['b', 2])]);
  const counts = await tally('split');
  expect(new Set(counts.keys())).toEqual(new Set(['a', 'b']));
  expect(counts.get('b')).toBeGreaterThan(40);
  expect(counts.get('b')).toBeLessThan(130);
});

test('a weight of 0 gets nothing', async () => {
  await bed.serve('zero', [weighted(['a', 0], ['b', 1], ['c', 0])]);
  expect(await tally('zero')).toEqual(new Map([['b', 400]]));
});

test('only weights of 0 are answered with 500', async () => {
  await bed.serve('zeros', [weighted(['a', 0], ['b', 0])]);
  expect(await bed.answers('zeros', ['/', '/', '/'])).toEqual([500, 500, 500]);
});

test('large weights are a share of their sum', async () => {
  await bed.serve('large', [weighted(['a', 1_000_000], ['b', 1_000_000])]);
  const counts = await tally('large');
  expect(counts.get('a')).toBeGreaterThan(140);
  expect(counts.get('b')).toBeGreaterThan(140);
});

test('two backendRefs to one Service add up', async () => {
  await bed.serve('twice', [weighted(['a', 1], ['a', 1], ['b', 2])]);
  const counts = await tally('twice');
  expect(counts.get('a')).toBeGreaterThan(140);
  expect(counts.get('a')).toBeLessThan(260);
});

test('an invalid backendRef answers its share with 500 and leaves the rest alone', async () => {
  await bed.serve('half', [weighted(['a', 1], ['missing', 1])]);
  const counts = await tally('half');
  expect(new Set(counts.keys())).toEqual(new Set([500, 'a']));
  expect(counts.get(500)).toBeGreaterThan(140);
  expect(counts.get(500)).toBeLessThan(260);
});

test('only invalid backendRefs, or none at all, are answered with 500', async () => {
  await bed.serve('invalid', [
    { matches: [{ path: { value: '/missing' } }], backendRefs: [backend('missing'), backend('missing-too')] },
    {
      matches: [{ path: { value: '/kind' } }],
      backendRefs: [{ name: 'a', kind: 'Bucket', group: 'x.test' }],
    },
    { matches: [{ path: { value: '/port' } }], backendRefs: [{ name: 'a', port: 81 }] },
    { matches: [{ path: { value: '/none' } }] },
  ]);
  expect(await bed.answers('invalid', ['/missing', '/kind', '/port', '/none'])).toEqual([500, 500, 500, 500]);
});

test('a Service without endpoints is answered with 503', async () => {
  bed.apply([
    service('empty'),
    service('unready'),
    endpointSlice([{ addresses: ['127.0.0.1'], conditions: { ready: false } }], {
      name: 'unready-1',
      service: 'unready',
    }),
  ]);
  await bed.serve('empty', [
    { matches: [{ path: { value: '/empty' } }], backendRefs: [backend('empty')] },
    { matches: [{ path: { value: '/unready' } }], backendRefs: [backend('unready')] },
  ]);
  expect(await bed.answers('empty', ['/empty', '/unready'])).toEqual([503, 503]);
});

test('a Service that comes late ends the 500 of its backendRef, and one that goes brings it back', async () => {
  await bed.serve('late', [weighted(['late', 1])]);
  expect(await bed.answers('late', ['/'])).toEqual([500]);
  await bed.backend('late');
  await bed.settled();
  expect(await bed.answers('late', ['/'])).toEqual(['late']);
  bed.apply([], [service('late')]);
  await bed.settled();
  expect(await bed.answers('late', ['/'])).toEqual([500]);
});

test('an ExtensionRef that nobody knows answers its rule with 500', async () => {
  const extensionRef = { group: 'x.test', kind: 'Plugin', name: 'p' };
  await bed.serve('extension', [
    {
      matches: [{ path: { value: '/x' } }],
      filters: [{ type: 'ExtensionRef', extensionRef }],
      backendRefs: [backend('a')],
    },
    { matches: [{ path: { value: '/y' } }], backendRefs: [backend('b')] },
  ]);
  expect(await bed.answers('extension', ['/x', '/y'])).toEqual([500, 'b']);
});
