import { expect, test } from 'vitest';
import { FairQueue } from './fair-queue.ts';

function queueOf(items: Readonly<Record<string, readonly string[]>>): FairQueue<string> {
  const queue = new FairQueue<string>();
  for (const [owner, own] of Object.entries(items)) for (const item of own) queue.add(owner, item);
  return queue;
}

function all(take: () => string | undefined): string[] {
  const taken: string[] = [];
  for (let item = take(); item !== undefined; item = take()) taken.push(item);
  return taken;
}

test('owners take turns, and each gives its oldest item', () => {
  const queue = queueOf({ a: ['a1', 'a2', 'a3'], b: ['b1'], c: ['c1', 'c2'] });
  expect(all(() => queue.take())).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
  expect(queue.size).toBe(0);
});

test('an owner that comes late waits for one item of each other at most', () => {
  const queue = queueOf({ a: Array.from({ length: 5000 }, (_, i) => `a${i}`) });
  for (let i = 0; i < 10; i++) queue.take();
  queue.add('b', 'b1');
  expect([queue.take(), queue.take()]).toEqual(['a10', 'b1']);
});

test('an item that is here keeps its place, and one that is deleted does not come', () => {
  const queue = queueOf({ a: ['a1', 'a2'], b: ['b1'] });
  expect(queue.add('a', 'a1')).toBe(false);
  expect([queue.delete('a', 'a2'), queue.delete('a', 'a2'), queue.delete('b', 'b1')]).toEqual([
    true,
    false,
    true,
  ]);
  expect([...queue.sizes()]).toEqual([['a', 1]]);
  expect(all(() => queue.take())).toEqual(['a1']);
});

test('the lighter owner goes first, whoever has waited longer, and one of infinite weight never', () => {
  const queue = queueOf({ heavy: ['h1'], never: ['n1'], light: ['l1', 'l2'], lighter: ['m1'] });
  const weights: Record<string, number> = { heavy: 30, never: Infinity, light: 2, lighter: 1 };
  expect(all(() => queue.take((owner) => weights[owner] ?? 0))).toEqual(['m1', 'l1', 'l2', 'h1']);
  expect(queue.drain()).toEqual(['n1']);
  expect(queue.size).toBe(0);
});

test('however many owners there are, an item costs a look at few of them, and none waits for more than a turn of each', () => {
  const owners = Array.from({ length: 1000 }, (_, i) => `o${i}`);
  const queue = queueOf(Object.fromEntries(owners.map((owner) => [owner, [`${owner} 1`, `${owner} 2`]])));
  let looks = 0;
  const weight = (owner: string): number => {
    looks++;
    return Number(owner.slice(1)) + 1;
  };
  const first = owners.map(() => queue.take(weight));
  expect(looks).toBeLessThan(1000 * 20);
  expect(new Set(first.map((item) => item?.split(' ')[0])).size).toBeGreaterThan(900);
});

test('an owner gives its oldest item that fits, and one without any is passed over', () => {
  const queue = queueOf({ a: ['x1', 'x2'], b: ['x3', 'y1'] });
  expect(queue.take(undefined, (item) => item.startsWith('y'))).toBe('y1');
  expect(queue.take(undefined, (item) => item.startsWith('y'))).toBeUndefined();
  expect(queue.size).toBe(3);
});

test('an item that is deleted and added again while it is the oldest comes once', () => {
  const queue = queueOf({ a: ['a1', 'a2'], b: ['b1'] });
  expect(queue.take((owner) => (owner === 'a' ? 2 : 1))).toBe('b1');
  queue.delete('a', 'a1');
  queue.add('a', 'a1');
  queue.add('a', 'a3');
  expect(all(() => queue.take()).sort()).toEqual(['a1', 'a2', 'a3']);
});
