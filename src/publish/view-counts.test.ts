import { expect, test } from 'vitest';
import { View } from './view.ts';
import { ViewCounts } from './view-counts.ts';

const state = { committing: false, blob: () => undefined };

test('counts of several views are what a Map would hold', () => {
  const views = Array.from({ length: 3 }, () => new View(state));
  const counts = new ViewCounts();
  const map = new Map<View, number>();
  for (let step = 0; step < 2000; step++) {
    const view = views[(step * 7919) % 3] as View;
    const count = (step * 104_729) % 4;
    counts.set(view, count);
    if (count === 0) map.delete(view);
    else map.set(view, count);
    expect(new Set(counts.views())).toEqual(new Set(map.keys()));
    expect(views.map((each) => counts.get(each))).toEqual(views.map((each) => map.get(each) ?? 0));
    expect(counts.empty).toBe(map.size === 0);
  }
  counts.clear();
  expect(counts.empty).toBe(true);
  expect(views.map((each) => counts.get(each))).toEqual([0, 0, 0]);
});
