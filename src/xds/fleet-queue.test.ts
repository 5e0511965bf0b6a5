import { expect, test } from 'vitest';
import { FleetQueue } from './fleet-queue.ts';

function filled(...items: readonly string[]): FleetQueue<string> {
  const queue = new FleetQueue<string>();
  for (const item of items) queue.add(item.charAt(0), item);
  return queue;
}

function drained(queue: FleetQueue<string>): string {
  const taken: string[] = [];
  for (let item = queue.take(); item !== undefined; item = queue.take()) taken.push(item);
  return taken.join(' ');
}

test('groups take turns, and each gives out its own in order', () => {
  expect(drained(filled('a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1'))).toBe('a1 b1 c1 a2 b2 a3 a4');
});

test('a group that comes later has its turn after those that wait, and not behind all of their items', () => {
  const queue = filled('a1', 'a2', 'a3', 'b1', 'b2');
  expect(queue.take()).toBe('a1');
  queue.add('c', 'c1');
  expect(drained(queue)).toBe('b1 a2 c1 b2 a3');
});

test('an item is in the queue once, and not at all when it was taken out', () => {
  const queue = filled('a1', 'a2', 'a1', 'b1');
  queue.delete('a2');
  queue.delete('b1');
  queue.delete('none');
  expect([queue.size, queue.has('a1'), queue.has('b1')]).toEqual([1, true, false]);
  expect(drained(queue)).toBe('a1');
});

test('a group that may not have one is passed over, and keeps its turn', () => {
  const queue = filled('a1', 'a2', 'b1', 'b2');
  expect(queue.take((group) => group !== 'a')).toBe('b1');
  expect(queue.take((group) => group === 'c')).toBeUndefined();
  expect(drained(queue)).toBe('a1 b2 a2');
});
