import { expect, test } from 'vitest';
import { StreamFixture } from '../../test/rig/xds/stream.ts';

/** Costs are bounded by counts, not by time: a cost that grows with the square of the names does not end in time. */
test('200,000 resources come in parts of a thousand, one after the other, each once', () => {
  const fixture = new StreamFixture({ maxResources: 1000 });
  for (let i = 0; i < 200_000; i++) fixture.put('CDS', `cluster-${i}`, `${i}`);
  fixture.publish();
  fixture.request('CDS');
  const brought = new Set<string>();
  for (let part = 0; part < 200; part++) {
    expect(fixture.sent).toHaveLength(1);
    const [response] = fixture.sent;
    expect(response?.names).toHaveLength(1000);
    for (const name of response?.names ?? []) brought.add(name);
    fixture.sent.length = 0;
    fixture.request('CDS', { nonce: response?.nonce ?? '' });
  }
  expect(fixture.sent).toEqual([]);
  expect(brought.size).toBe(200_000);
});

test('a first request for 100,000 names is answered with those that exist', () => {
  const fixture = new StreamFixture({ maxResources: 100_000 });
  for (let i = 0; i < 100_000; i += 2) fixture.put('EDS', `cluster-${i}`, `${i}`);
  fixture.publish();
  fixture.request('EDS', { subscribe: Array.from({ length: 100_000 }, (_, i) => `cluster-${i}`) });
  expect(fixture.sent.map(({ names }) => names.length)).toEqual([50_000]);
});

test('a part ends where the next resource would make it too large, and one that is too large by itself goes alone', () => {
  const fixture = new StreamFixture({ maxBytes: 100 });
  for (const [name, size] of [
    ['a', 60],
    ['b', 40],
    ['c', 1],
    ['d', 500],
    ['e', 99],
  ] as const) {
    fixture.put('CDS', name, 'x'.repeat(size));
  }
  fixture.publish();
  fixture.request('CDS');
  expect(fixture.ackAll()).toEqual(['CDS a b', 'CDS c', 'CDS d', 'CDS e']);
});
