import { expect, test } from 'vitest';
import { resourceKey } from '../lib/key.ts';
import { fleetOf } from '../units/fleet-key.ts';
import { ObjectRejections } from './rejections.ts';

const [a, b] = [fleetOf('x/a'), fleetOf('x/b')];
const [one, two] = [resourceKey('HTTPRoute', 'x', 'one'), resourceKey('HTTPRoute', 'x', 'two')];

test('an object is rejected for as long as a fleet rejects it, and what was read before stays as it was', () => {
  const rejections = new ObjectRejections();
  expect(rejections.set(a, new Map([[one, 'bad']]))).toEqual([one]);
  const read = rejections.of(one);
  expect(
    rejections.set(
      b,
      new Map([
        [one, 'worse'],
        [two, 'bad'],
      ]),
    ),
  ).toEqual([one, two]);
  expect(Object.fromEntries(rejections.of(one))).toEqual({ 'x/a': 'bad', 'x/b': 'worse' });
  expect(Object.fromEntries(read)).toEqual({ 'x/a': 'bad' });
  expect(rejections.set(b, new Map([[one, 'worse']]))).toEqual([two]);
  expect(rejections.of(two).size).toBe(0);
  rejections.set(a, new Map());
  rejections.set(b, new Map());
  expect([rejections.of(one).size, rejections.has(a), rejections.has(b)]).toEqual([0, false, false]);
});

test('a question about one object reads nothing of what fleets reject of others', () => {
  const rejections = new ObjectRejections();
  let reads = 0;
  for (let i = 0; i < 100; i++) {
    const objects = new Map([[resourceKey('HTTPRoute', 'x', `r${i}`), 'bad']]);
    rejections.set(fleetOf(`x/g${i}`), objects);
    objects.get = () => void reads++;
  }
  expect([...rejections.of(resourceKey('HTTPRoute', 'x', 'r7')).keys()]).toEqual(['x/g7']);
  expect(reads).toBe(0);
});
