import { expect, test } from 'vitest';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import { StartingStreams } from './starting-streams.ts';

/** So many at a time; the first letter of a name is its fleet. `finish` by name. */
function streams(atMost = 3) {
  const clock = new ManualClock();
  const begun: string[] = [];
  const finish = new Map<string, () => void>();
  let delayed = 0;
  const it = new StartingStreams(
    clock,
    () => atMost,
    () => delayed++,
  );
  it.open();
  const next = (name: string): (() => void) =>
    it.next(name.charAt(0), (started) => {
      begun.push(name);
      finish.set(name, started);
    });
  return { it, clock, begun, finish, next, delayed: () => delayed };
}

test('so many begin at once, the others in order as those have what they need', () => {
  const { begun, finish, next, delayed } = streams();
  for (const name of ['a1', 'a2', 'a3', 'a4']) next(name);
  expect(begun.join(' ')).toBe('a1 a2');
  expect(delayed()).toBe(2);
  finish.get('a2')?.();
  finish.get('a2')?.();
  expect(begun.join(' ')).toBe('a1 a2 a3');
  finish.get('a1')?.();
  expect(begun.join(' ')).toBe('a1 a2 a3 a4');
});

test('one that does not get on holds its place for a second', async () => {
  const { clock, begun, finish, next } = streams();
  for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) next(name);
  await clock.advanceBy(999);
  expect(begun.join(' ')).toBe('a1 a2');
  await clock.advanceBy(1);
  expect(begun.join(' ')).toBe('a1 a2 a3 a4');
  // Its place has gone to another one already.
  finish.get('a1')?.();
  expect(begun.join(' ')).toBe('a1 a2 a3 a4');
});

test('one that ends gives up its place, and one that ends while it waits never begins', () => {
  const { begun, next } = streams();
  const [leaveA] = [next('a1'), next('a2')];
  const leaveC = next('a3');
  next('a4');
  leaveC();
  leaveA?.();
  expect(begun.join(' ')).toBe('a1 a2 a4');
});

test('one fleet leaves a place to the others, whatever it wants', () => {
  const { begun, next, delayed } = streams();
  for (let i = 0; i < 100; i++) next(`a${i}`);
  expect(begun).toHaveLength(2);
  next('b1');
  expect(begun.at(-1)).toBe('b1');
  expect(delayed()).toBe(98);
});

test('with one place alone, a fleet has it', () => {
  const { begun, finish, next } = streams(1);
  for (const name of ['a1', 'a2', 'b1']) next(name);
  expect(begun.join(' ')).toBe('a1');
  finish.get('a1')?.();
  expect(begun.join(' ')).toBe('a1 a2');
});

test('fleets that wait take turns, however many proxies each has', () => {
  const { begun, finish, next } = streams();
  for (let i = 0; i < 50; i++) for (const fleet of ['a', 'b']) next(`${fleet}${i}`);
  next('c1');
  next('d1');
  for (let i = 0; i < 6; i++) finish.get(begun[i] ?? '')?.();
  expect(begun.slice(3, 9)).toEqual(['b1', 'a2', 'c1', 'd1', 'b2', 'a3']);
});

test('none begins before it is open, and all in turn then', () => {
  const begun: string[] = [];
  const it = new StartingStreams(
    new ManualClock(),
    () => 3,
    () => {},
  );
  for (const name of ['a1', 'a2', 'b1']) it.next(name.charAt(0), () => begun.push(name));
  expect(begun).toEqual([]);
  it.open();
  expect(begun).toEqual(['a1', 'b1', 'a2']);
});
