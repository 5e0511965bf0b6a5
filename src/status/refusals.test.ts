import { expect, test } from 'vitest';
import { resourceKey } from '../lib/key.ts';
import { fleetOf } from '../units/fleet-key.ts';
import { Refusals } from './refusals.ts';

const [a, b] = [fleetOf('x/a'), fleetOf('x/b')];
const [one, two] = [resourceKey('HTTPRoute', 'x', 'one'), resourceKey('HTTPRoute', 'x', 'two')];

test('an object is refused for as long as a fleet refuses it, and what was read before stays as it was', () => {
  const refusals = new Refusals();
  expect(refusals.set(a, new Map([[one, 'bad']]))).toEqual([one]);
  const read = refusals.of(one);
  expect(
    refusals.set(
      b,
      new Map([
        [one, 'worse'],
        [two, 'bad'],
      ]),
    ),
  ).toEqual([one, two]);
  expect(Object.fromEntries(refusals.of(one))).toEqual({ 'x/a': 'bad', 'x/b': 'worse' });
  expect(Object.fromEntries(read)).toEqual({ 'x/a': 'bad' });
  expect(refusals.set(b, new Map([[one, 'worse']]))).toEqual([two]);
  expect(refusals.of(two).size).toBe(0);
  refusals.set(a, new Map());
  refusals.set(b, new Map());
  expect([refusals.of(one).size, refusals.has(a), refusals.has(b)]).toEqual([0, false, false]);
});

test('a question about one object reads nothing of what fleets refuse of others', () => {
  const refusals = new Refusals();
  let reads = 0;
  for (let i = 0; i < 100; i++) {
    const objects = new Map([[resourceKey('HTTPRoute', 'x', `r${i}`), 'bad']]);
    refusals.set(fleetOf(`x/g${i}`), objects);
    objects.get = () => void reads++;
  }
  expect([...refusals.of(resourceKey('HTTPRoute', 'x', 'r7')).keys()]).toEqual(['x/g7']);
  expect(reads).toBe(0);
});
