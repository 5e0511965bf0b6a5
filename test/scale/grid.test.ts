import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventName } from './events.ts';
import type { Counts } from './scale-fixture.ts';
import { Steps } from './steps.ts';

const steps = new Steps();
// After the counter, which counts only code compiled later.
const { axes } = await import('../rig/objects/sized-objects.ts');
const { playAxis, playSmall } = await import('./play.ts');
const { mayGrow } = await import('./grid.ts');
const { growthText, overgrown } = await import('./growth.ts');

let small: Map<EventName, Counts>;

beforeAll(async () => {
  small = await playSmall(steps);
});
afterAll(() => steps.close());

test.each(axes)('the cost of an event grows with %s as the grid says', async (axis) => {
  const played = await playAxis(axis, small, steps);
  const grown = played.flatMap(({ event, series }) =>
    overgrown(series, mayGrow[event][axis] ?? []).map((measure) => ({
      entry: `${event}: ${measure}`,
      growth: growthText(measure, series),
    })),
  );
  expect(grown, 'grows, and may not by grid.ts').toEqual([]);
});
