import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventName } from './events.ts';
import type { Counts } from './scale-world.ts';
import { Steps } from './steps.ts';

const steps = new Steps();
// After the counter, which sees what is compiled from now on.
const { axes } = await import('./objects.ts');
const { playAxis, playSmall } = await import('./play.ts');
const { mayGrow } = await import('./grid.ts');
const { growthText, overgrown } = await import('./growth.ts');
const { notYet } = await import('./not-yet.ts');

let small: Map<EventName, Counts>;

beforeAll(async () => {
  small = await playSmall(steps);
});
afterAll(() => steps.close());

test.each(axes)('the cost of an event grows with %s as the grid says', async (axis) => {
  const played = await playAxis(axis, small, steps);
  const cells = played.flatMap(({ event, series }) =>
    overgrown(series, mayGrow[event][axis] ?? []).map((measure) => ({
      cell: `${event}: ${measure}`,
      growth: growthText(measure, series),
    })),
  );
  const known = notYet[axis] ?? [];
  const fresh = cells.filter(({ cell }) => !known.includes(cell));
  expect(fresh, 'grows, and may not by grid.ts').toEqual([]);
  // Steps close to one for each added thing are above it in one run and below it in the next.
  const exact = known.filter((name) => !name.endsWith(': steps'));
  const mended = exact.filter((name) => !cells.some(({ cell }) => cell === name));
  expect(mended, 'is mended: take it out of not-yet.ts').toEqual([]);
});
