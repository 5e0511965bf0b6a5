import { expect, test } from 'vitest';
import { overgrown } from './growth.ts';
import { measures, type Counts, type Measure } from './scale-fixture.ts';

function counts(found: Partial<Record<Measure, number>>): Counts {
  const none = Object.fromEntries(measures.map((measure) => [measure, 0])) as Record<Measure, number>;
  return { ...none, ...found, files: new Map() };
}

test('what is counted one by one may not grow by one', () => {
  const series = { small: counts({ units: 2 }), middle: undefined, large: counts({ units: 3 }) };
  expect(overgrown(series, [])).toEqual(['units']);
  expect(overgrown({ ...series, large: series.small }, [])).toEqual([]);
});

test('a step for each thing is a loop over them; a few more are not', () => {
  const series = { small: counts({ steps: 900 }), middle: undefined, large: counts({ steps: 931 }) };
  expect(overgrown(series, [])).toEqual([]);
  expect(overgrown({ ...series, large: counts({ steps: 932 }) }, [])).toEqual(['steps']);
});

test('what may grow may do so in proportion, and not with the square', () => {
  const series = {
    small: counts({ steps: 4 }),
    middle: counts({ steps: 200 }),
    large: counts({ steps: 396 }),
  };
  expect(overgrown(series, ['steps'])).toEqual([]);
  const square = {
    small: counts({ steps: 16 }),
    middle: counts({ steps: 400 }),
    large: counts({ steps: 1296 }),
  };
  expect(overgrown(square, ['steps'])).toEqual(['steps']);
});

test('no unit goes round more than four times, whatever there is', () => {
  const series = { small: counts({ rounds: 5 }), middle: undefined, large: counts({ rounds: 5 }) };
  expect(overgrown(series, [])).toEqual(['rounds']);
});
