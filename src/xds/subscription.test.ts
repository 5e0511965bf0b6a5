import { expect, test } from 'vitest';
import { Subscription } from './subscription.ts';

test('an empty first request is *, and no later one is', () => {
  const subscription = new Subscription();
  expect(subscription.update([], []).all).toBe(true);
  expect(subscription.wants('anything')).toBe(true);
  const named = new Subscription();
  named.update(['a'], []);
  expect(named.update([], []).all).toBe(false);
  named.update([], ['a']);
  expect(named.update([], []).all).toBe(false);
  expect(named.wants('anything')).toBe(false);
});

test('* and names stand side by side, and each can be given up alone', () => {
  const subscription = new Subscription();
  subscription.update(['*', 'a'], []);
  expect(subscription.update(['b'], []).all).toBe(false);
  expect(subscription.update([], ['a']).left).toEqual(['a']);
  expect(subscription.wants('a')).toBe(true);
  subscription.update([], ['*']);
  expect([subscription.wants('a'), subscription.wants('b')]).toEqual([false, true]);
});

test('a name under an empty first request leaves * as it is', () => {
  const subscription = new Subscription();
  subscription.update([], []);
  expect(subscription.update(['a'], [])).toMatchObject({ asked: ['a'], all: false });
  expect(subscription.wants('b')).toBe(true);
});

test('giving up a name that was never asked for is nothing', () => {
  const subscription = new Subscription();
  subscription.update(['a'], []);
  expect(subscription.update([], ['b', '*'])).toMatchObject({ asked: [], left: [], removed: [], all: false });
});

test('names such as __proto__ are names', () => {
  const subscription = new Subscription();
  subscription.update(['__proto__'], []);
  expect([subscription.wants('__proto__'), subscription.wants('constructor')]).toEqual([true, false]);
});
