import { expect, test } from 'vitest';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import type { RowChange } from '../kinds/row.ts';
import { indexKey, resourceKey, type UnitName } from '../lib/key.ts';
import { arrivedAt } from '../lib/origin.ts';
import { originsOf, WaitingOrigins } from './origins.ts';

const index = indexKey('slices', 'ns', 'web');

function put(name: string, changedAtMs: number | undefined): RowChange {
  const key = resourceKey('EndpointSlice', 'ns', name);
  const row = { key, bytes: new Uint8Array(), indexes: [index], units: [], follow: [], changedAtMs };
  return { kind: 'put', row };
}

const key = (name: string) => resourceKey('EndpointSlice', 'ns', name);

test('a change begins at the date of its object, and at its arrival where there is none that is believed', async () => {
  const clock = new ManualClock();
  await clock.advanceBy(1_000_000);
  const now = clock.now();
  const ago = (ms: number): number => clock.wallMs() - ms;
  const changes = [
    put('dated', ago(1500)),
    put('undated', undefined),
    put('old', ago(600_001)),
    put('ahead', ago(-1)),
    put('older', ago(4000)),
    { kind: 'delete', key: key('deleted') } as const,
  ];
  const of = originsOf(changes, clock);
  const ages = ['dated', 'undated', 'old', 'ahead', 'older', 'deleted'].map(
    (name) => now - of(key(name)).changed,
  );
  expect(ages).toEqual([1500, 0, 0, 0, 4000, 0]);
  // A unit that reads the list of a Service's slices learns of a new slice by the index alone.
  expect(now - of(index).changed).toBe(4000);
  expect(of(index).arrived).toBe(now);
});

test('the oldest change of the units of a batch is theirs, and is taken once', () => {
  const waiting = new WaitingOrigins();
  const [a, b, c] = ['a', 'b', 'c'].map((name) => `ClusterLoadAssignment/${name}` as UnitName);
  if (a === undefined || b === undefined || c === undefined) throw new Error('three units');
  waiting.note(a, { changed: 7, arrived: 20 });
  waiting.note(a, { changed: 5, arrived: 30 });
  waiting.note(b, { changed: 6, arrived: 10 });
  waiting.note(c, arrivedAt(1));
  waiting.forget(c);
  expect(waiting.take([a, b, c])).toEqual({ changed: 5, arrived: 10 });
  expect(waiting.take([a, b, c])).toBeUndefined();
});
