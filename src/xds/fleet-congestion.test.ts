import { expect, test } from 'vitest';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import { FleetCongestion } from './fleet-congestion.ts';

const MiB = 1024 * 1024;

function fixture() {
  const changes: string[] = [];
  const it = new FleetCongestion(new ManualClock(), (isCongested, fleet) =>
    changes.push(`${fleet ?? 'all'} ${isCongested ? 'held' : 'free'}`),
  );
  const write = (fleet: string, count: number) => Array.from({ length: count }, () => it.wrote(fleet, MiB));
  return { it, changes, write };
}

test('what the clients of one fleet do not take is that fleet’s congestion alone', () => {
  const { it, changes, write } = fixture();
  const writes = write('a', 9);
  write('b', 7);
  expect(changes).toEqual(['a held']);
  for (const one of writes.slice(0, 5)) it.taken(one);
  expect(changes).toEqual(['a held', 'a free']);
});

test('several fleets together are one of all, until half of it is taken', () => {
  const { it, changes, write } = fixture();
  const writes = ['a', 'b', 'c', 'd', 'e'].flatMap((fleet) => write(fleet, 7));
  expect(changes).toEqual(['all held']);
  for (const one of writes.slice(0, 19)) it.taken(one);
  expect(changes).toEqual(['all held', 'all free']);
});

test('a message that was read counts once, also for a fleet that starts again', () => {
  const { it, changes, write } = fixture();
  const [first] = write('a', 1);
  if (first !== undefined) for (let i = 0; i < 2; i++) it.taken(first);
  write('a', 9);
  if (first !== undefined) it.taken(first);
  expect(changes).toEqual(['a held']);
});
