import { expect, test } from 'vitest';
import type { UnitName } from '../lib/key.ts';
import { levelOf, namespaceOf } from '../units/unit.ts';
import { LevelQueue } from './level-queue.ts';

const low = 'EffectiveListeners/ns/gw' as UnitName;
const other = 'EffectiveListeners/ns/other' as UnitName;
const high = 'Gateway/ns/gw' as UnitName;

function queueOf(units: readonly UnitName[]): LevelQueue {
  const queue = new LevelQueue({ level: levelOf, namespaceOf, owed: () => 0 });
  for (const unit of units) queue.push(unit);
  return queue;
}

test('a unit goes when all units of lower levels have answered, and not while one is with a worker', () => {
  const queue = queueOf([high, low, other]);
  expect([queue.take(), queue.take(), queue.take()]).toEqual([low, other, undefined]);
  queue.done(low);
  expect(queue.take()).toBeUndefined();
  queue.done(other);
  expect(queue.take()).toBe(high);
});

test('a unit of a lower level that comes later goes next', () => {
  const queue = queueOf([high]);
  expect(queue.push(low)).toBe(true);
  expect(queue.take()).toBe(low);
});

test('a unit waits once, however often it comes', () => {
  const queue = queueOf([high]);
  expect(queue.push(high)).toBe(false);
  expect(queue.size).toBe(1);
  expect(queue.drain()).toEqual([high]);
  expect(queue.size).toBe(0);
});
