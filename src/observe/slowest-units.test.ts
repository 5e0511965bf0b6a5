import { expect, test } from 'vitest';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import type { UnitName } from '../lib/key.ts';
import { SlowestUnits } from './slowest-units.ts';

const unit = (i: number): UnitName => `Endpoints/default/${i}` as UnitName;

test('nothing is kept without a watcher, and nothing stays when the last one has left', () => {
  const [units, clock] = [new SlowestUnits(), new ManualClock()];
  units.took(unit(1), 1000, clock);
  expect(units.list(clock.now())).toEqual([]);
  const ends = [units.watch(), units.watch()];
  units.took(unit(1), 1000, clock);
  ends[0]?.();
  expect(units.list(clock.now())).toHaveLength(1);
  ends[1]?.();
  expect(units.list(clock.now())).toEqual([]);
});

test.each(['growing', 'shrinking'])('the twenty slowest are kept, slowest first, of %s times', (order) => {
  const [units, clock] = [new SlowestUnits(), new ManualClock()];
  units.watch();
  const times = Array.from({ length: 100 }, (_, i) => (order === 'growing' ? i : 99 - i));
  for (const i of times) units.took(unit(i), i * 1000, clock);
  expect(units.list(clock.now()).map(({ ms }) => ms)).toEqual(Array.from({ length: 20 }, (_, i) => 99 - i));
});

test('a unit counts by its slowest time, and is forgotten after a minute', async () => {
  const [units, clock] = [new SlowestUnits(), new ManualClock()];
  units.watch();
  units.took(unit(1), 5000, clock);
  units.took(unit(1), 1000, clock);
  expect(units.list(clock.now())).toEqual([{ unit: unit(1), ms: 5, agoMs: 0 }]);
  await clock.advanceBy(60_000);
  expect(units.list(clock.now())).toEqual([]);
  units.took(unit(1), 1000, clock);
  expect(units.list(clock.now())).toEqual([{ unit: unit(1), ms: 1, agoMs: 0 }]);
});
