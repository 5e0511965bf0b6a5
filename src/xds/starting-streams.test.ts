import { expect, test } from 'vitest';
import { ManualClock } from '../../test/fakes/manual-clock.ts';
import { StartingStreams } from './starting-streams.ts';

/** Two at a time; `finish` by name. */
function streams() {
  const clock = new ManualClock();
  const begun: string[] = [];
  const finish = new Map<string, () => void>();
  let delayed = 0;
  const it = new StartingStreams(
    clock,
    () => 2,
    () => delayed++,
  );
  const next = (name: string): (() => void) =>
    it.next((started) => {
      begun.push(name);
      finish.set(name, started);
    });
  return { clock, begun, finish, next, delayed: () => delayed };
}

test('so many begin at once, the others in order as those have what they need', () => {
  const { begun, finish, next, delayed } = streams();
  for (const name of ['a', 'b', 'c', 'd']) next(name);
  expect(begun.join('')).toBe('ab');
  expect(delayed()).toBe(2);
  finish.get('b')?.();
  finish.get('b')?.();
  expect(begun.join('')).toBe('abc');
  finish.get('a')?.();
  expect(begun.join('')).toBe('abcd');
});

test('one that does not get on holds its place for a second', async () => {
  const { clock, begun, finish, next } = streams();
  for (const name of ['a', 'b', 'c', 'd', 'e']) next(name);
  await clock.advanceBy(999);
  expect(begun.join('')).toBe('ab');
  await clock.advanceBy(1);
  expect(begun.join('')).toBe('abcd');
  // Its place has gone to another one already.
  finish.get('a')?.();
  expect(begun.join('')).toBe('abcd');
});

test('one that ends gives up its place, and one that ends while it waits never begins', () => {
  const { begun, next } = streams();
  const [leaveA] = [next('a'), next('b')];
  const leaveC = next('c');
  next('d');
  leaveC();
  leaveA?.();
  expect(begun.join('')).toBe('abd');
});
