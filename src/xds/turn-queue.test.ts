import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import { TurnQueue } from './turn-queue.ts';

/** Each step takes a millisecond. */
function queueOf(budgetMs: number): { readonly queue: TurnQueue<string>; readonly done: string[] } {
  const done: string[] = [];
  let now = 0;
  const clock = Object.assign(new ManualClock(), { now: () => now });
  const queue = new TurnQueue<string>(clock, budgetMs, (item) => {
    done.push(item);
    now++;
  });
  return { queue, done };
}

test('what a turn has time for is done at once', () => {
  const { queue, done } = queueOf(8);
  expect(queue.add('f', 'a')).toBe(true);
  expect(queue.add('f', 'b')).toBe(true);
  expect(done).toEqual(['a', 'b']);
});

test('what a turn has no time for is done in the next ones, in order, a budget each', async () => {
  const { queue, done } = queueOf(2);
  expect(['a', 'b', 'c', 'd', 'e', 'f'].map((item) => queue.add('f', item))).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
  const turns: string[] = [];
  while (turns.at(-1) !== 'abcdef') {
    await turn();
    turns.push(done.join(''));
  }
  expect([...new Set(turns)]).toEqual(['abcd', 'abcdef']);
});

test('an item that waits has one step, however often it is added, and none when it is taken out', async () => {
  const { queue, done } = queueOf(1);
  for (const item of ['a', 'b', 'c', 'b', 'b']) queue.add('f', item);
  expect(queue.has('c')).toBe(true);
  queue.delete('c');
  for (let i = 0; i < 6; i++) await turn();
  expect(done).toEqual(['a', 'b']);
});

test('an item that comes while others wait does not go before them', async () => {
  const { queue, done } = queueOf(1);
  for (const item of ['a', 'b', 'c']) queue.add('f', item);
  await turn();
  queue.add('f', 'd');
  for (let i = 0; i < 6; i++) await turn();
  expect(done.join('')).toBe('abcd');
});

test('nothing runs while the queue is paused, and everything in order afterwards', async () => {
  const { queue, done } = queueOf(8);
  queue.pause(true);
  for (const item of ['a', 'b']) expect(queue.add('f', item)).toBe(false);
  for (let i = 0; i < 3; i++) await turn();
  expect(done).toEqual([]);
  queue.pause(false);
  queue.add('f', 'c');
  for (let i = 0; i < 3; i++) await turn();
  expect(done.join('')).toBe('abc');
});

test('one fleet that asks for much holds up another for one step', async () => {
  const { queue, done } = queueOf(1);
  for (let i = 0; i < 100; i++) queue.add('chatty', `c${i}`);
  queue.add('quiet', 'q');
  for (let i = 0; i < 10; i++) await turn();
  expect(done.indexOf('q')).toBe(2);
});

test('while one fleet is paused, the others go on, and it goes on afterwards', async () => {
  const { queue, done } = queueOf(8);
  queue.pause(true, 'a');
  expect(queue.add('a', 'a1')).toBe(false);
  queue.add('b', 'b1');
  for (let i = 0; i < 3; i++) await turn();
  expect(queue.add('b', 'b2')).toBe(false);
  for (let i = 0; i < 3; i++) await turn();
  expect(done.join(' ')).toBe('b1 b2');
  queue.pause(false, 'a');
  for (let i = 0; i < 3; i++) await turn();
  expect(done.join(' ')).toBe('b1 b2 a1');
});
