import { expect, test } from 'vitest';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import { StartingStreams } from './starting-streams.ts';

/** Bounds starts. The first letter of a name is its fleet; `finish` by name. */
function streams(atMost = 3) {
  const clock = new ManualClock();
  const started: string[] = [];
  const finish = new Map<string, () => void>();
  let delayed = 0;
  const it = new StartingStreams(
    clock,
    () => atMost,
    () => delayed++,
  );
  it.open();
  const next = (name: string): (() => void) =>
    it.next(name.charAt(0), (onStarted) => {
      started.push(name);
      finish.set(name, onStarted);
    });
  return { it, clock, started, finish, next, delayed: () => delayed };
}

test('so many begin at once, the others in order as those have what they need', () => {
  const { started, finish, next, delayed } = streams();
  for (const name of ['a1', 'a2', 'a3', 'a4']) next(name);
  expect(started.join(' ')).toBe('a1 a2');
  expect(delayed()).toBe(2);
  finish.get('a2')?.();
  finish.get('a2')?.();
  expect(started.join(' ')).toBe('a1 a2 a3');
  finish.get('a1')?.();
  expect(started.join(' ')).toBe('a1 a2 a3 a4');
});

test('one that does not get on holds its place for a second', async () => {
  const { clock, started, finish, next } = streams();
  for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) next(name);
  await clock.advanceBy(999);
  expect(started.join(' ')).toBe('a1 a2');
  await clock.advanceBy(1);
  expect(started.join(' ')).toBe('a1 a2 a3 a4');
  // Another stream has its place already.
  finish.get('a1')?.();
  expect(started.join(' ')).toBe('a1 a2 a3 a4');
});

test('one that ends gives up its place, and one that ends while it waits never begins', () => {
  const { started, next } = streams();
  const [leaveA] = [next('a1'), next('a2')];
  const leaveC = next('a3');
  next('a4');
  leaveC();
  leaveA?.();
  expect(started.join(' ')).toBe('a1 a2 a4');
});

test('one fleet leaves a place to the others, whatever it wants', () => {
  const { started, next, delayed } = streams();
  for (let i = 0; i < 100; i++) next(`a${i}`);
  expect(started).toHaveLength(2);
  next('b1');
  expect(started.at(-1)).toBe('b1');
  expect(delayed()).toBe(98);
});

test('with one place alone, a fleet has it', () => {
  const { started, finish, next } = streams(1);
  for (const name of ['a1', 'a2', 'b1']) next(name);
  expect(started.join(' ')).toBe('a1');
  finish.get('a1')?.();
  expect(started.join(' ')).toBe('a1 a2');
});

test('fleets that wait take turns, however many proxies each has', () => {
  const { started, finish, next } = streams();
  for (let i = 0; i < 50; i++) for (const fleet of ['a', 'b']) next(`${fleet}${i}`);
  next('c1');
  next('d1');
  for (let i = 0; i < 6; i++) finish.get(started[i] ?? '')?.();
  expect(started.slice(3, 9)).toEqual(['b1', 'a2', 'c1', 'd1', 'b2', 'a3']);
});

test('none begins before it is open, and all in turn then', () => {
  const started: string[] = [];
  const it = new StartingStreams(
    new ManualClock(),
    () => 3,
    () => {},
  );
  for (const name of ['a1', 'a2', 'b1']) it.next(name.charAt(0), () => started.push(name));
  expect(started).toEqual([]);
  it.open();
  expect(started).toEqual(['a1', 'b1', 'a2']);
});
