import { expect, test } from 'vitest';
import { Pace } from './pace.ts';

/** Counts the writes that go in a number of time steps. */
function count(pace: Pace, times: readonly number[]): number {
  let taken = 0;
  for (const now of times) {
    while (pace.waitMs(now) === 0) {
      pace.take();
      taken++;
    }
  }
  return taken;
}

test('over a long time the writes of each second are bounded', () => {
  const times = Array.from({ length: 10_000 }, (_, i) => i);
  expect(count(new Pace(400, 0), times)).toBeLessThanOrEqual(4040);
  expect(count(new Pace(400, 0), times)).toBeGreaterThanOrEqual(4000);
});

test('after a rest, however long, a tenth of a second goes at once and then one at a time', () => {
  const pace = new Pace(100, 0);
  expect(count(pace, [1_000_000])).toBe(10);
  expect(pace.waitMs(1_000_000)).toBeCloseTo(10);
  expect(count(pace, [1_000_010])).toBe(1);
});

test('one a second is one at once and one each second', () => {
  expect(count(new Pace(1, 0), [0, 500, 999, 1000, 1500, 2000])).toBe(3);
});
