import { expect, test } from 'vitest';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import { Congestion } from './congestion.ts';

const MiB = 1024 * 1024;

function congestion(): { readonly clock: ManualClock; readonly it: Congestion; readonly changes: boolean[] } {
  const clock = new ManualClock();
  const changes: boolean[] = [];
  return { clock, it: new Congestion(clock, 8 * MiB, (isCongested) => changes.push(isCongested)), changes };
}

test('many unread messages are a congestion, until half of them are read', () => {
  const { it, changes } = congestion();
  const writes = Array.from({ length: 9 }, () => it.wrote(MiB));
  expect(changes).toEqual([true]);
  for (const write of writes.slice(0, 4)) it.taken(write);
  expect(changes).toEqual([true]);
  for (const write of writes) it.taken(write);
  expect(changes).toEqual([true, false]);
});

test('one message, however large, is none', () => {
  const { it, changes } = congestion();
  it.wrote(1024 * MiB);
  expect(changes).toEqual([]);
});

test('clients that take nothing are left out after half a second', async () => {
  const { clock, it, changes } = congestion();
  for (let i = 0; i < 10; i++) it.wrote(MiB);
  await clock.advanceBy(400);
  expect(changes).toEqual([true]);
  await clock.advanceBy(200);
  expect(changes).toEqual([true, false]);
  it.wrote(MiB);
  expect(changes).toEqual([true, false]);
});

test('what clients have left lying for long does not add to what comes later', async () => {
  const { clock, it, changes } = congestion();
  for (let i = 0; i < 7; i++) it.wrote(MiB);
  await clock.advanceBy(600);
  for (let i = 0; i < 7; i++) it.wrote(MiB);
  expect(changes).toEqual([]);
});
