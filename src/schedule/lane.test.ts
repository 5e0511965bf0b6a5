import { expect, test } from 'vitest';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import type { UnitName } from '../lib/key.ts';
import { levelOf, namespaceOf } from '../units/unit.ts';
import { Lane, type LaneOptions } from './lane.ts';
import type { Wave } from './wave.ts';

const a = 'AttachedRoute/ns/gw/HTTPRoute/ns/a' as UnitName;
const b = 'AttachedRoute/ns/gw/HTTPRoute/ns/b' as UnitName;
const c = 'Cluster/c' as UnitName;

const bySize = (unit: UnitName) => (unit.includes('/large/') ? 'large' : 'small');
const apart = (unit: UnitName) => (unit === c ? 'reports' : 'fleet');
const byKind = (unit: UnitName) => (unit === c ? 'shared' : 'fleet');

function laneOf(options: Partial<LaneOptions> = {}, keyOf: (unit: UnitName) => string = () => '') {
  const clock = new ManualClock();
  const batches: { units: readonly UnitName[]; answer: (again?: readonly UnitName[]) => void }[] = [];
  const waves: Wave[] = [];
  const dead = new Set<UnitName>();
  const slow = new Set<UnitName>();
  const owed: Record<string, number> = {};
  const lane = new Lane(
    { windowMs: 5, maxWindowMs: 50, batchSize: 2, parallel: 1, holdMs: 1000, ...options },
    clock,
    {
      isAlive: (unit) => !dead.has(unit),
      level: levelOf,
      namespaceOf,
      owed: (namespace) => owed[namespace] ?? 0,
      isSlow: (unit) => slow.has(unit),
      waveOf: keyOf,
      readsOthers: (wave) => wave === 'reports',
      translate: (units) =>
        new Promise((resolve) => batches.push({ units, answer: (again = []) => resolve(again) })),
      complete: async (wave) => void waves.push(wave),
    },
  );
  lane.resume();
  return { lane, clock, batches, waves, dead, slow, owed, turn: () => clock.advanceBy(0) };
}

test('a name that becomes dirty while it is under way goes again, after its result', async () => {
  const { lane, batches, clock, turn } = laneOf();
  lane.mark(a);
  await turn();
  expect(batches.map((batch) => batch.units)).toEqual([[a]]);
  lane.mark(a);
  await clock.advanceBy(100);
  expect(batches).toHaveLength(1);
  batches[0]?.answer();
  await clock.advanceBy(0);
  expect(batches.map((batch) => batch.units)).toEqual([[a], [a]]);
});

test('a wave is complete when units that lacked rows have gone again', async () => {
  const { lane, batches, waves, turn } = laneOf();
  lane.mark(a);
  lane.mark(b);
  await turn();
  batches[0]?.answer([a]);
  await turn();
  expect(waves).toEqual([]);
  expect(batches[1]?.units).toEqual([a]);
  batches[1]?.answer();
  await turn();
  expect(waves).toMatchObject([{ members: new Set([a, b]), late: 0 }]);
});

test('a unit that a result refers to joins the wave under way', async () => {
  const { lane, batches, waves, turn } = laneOf({ batchSize: 1 });
  lane.mark(a);
  await turn();
  lane.join(c);
  batches[0]?.answer();
  await turn();
  expect(waves).toEqual([]);
  expect(batches[1]?.units).toEqual([c]);
  batches[1]?.answer();
  await turn();
  expect(waves).toMatchObject([{ members: new Set([a, c]) }]);
});

test('a burst costs one batch entry however often its name becomes dirty', async () => {
  const { lane, batches, clock, turn } = laneOf();
  lane.mark(a);
  await turn();
  const kept = Array.from({ length: 100 }, () => lane.mark(b));
  expect(kept.filter(Boolean)).toHaveLength(1);
  batches[0]?.answer();
  await clock.advanceBy(100);
  expect(batches.map((batch) => batch.units)).toEqual([[a], [b]]);
});

test('a unit that has ended is not translated, and its wave is complete all the same', async () => {
  const { lane, batches, waves, dead, turn } = laneOf();
  dead.add(a);
  lane.mark(a);
  await turn();
  expect(batches).toEqual([]);
  expect(waves).toMatchObject([{ members: new Set([a]) }]);
});

test('a batch without an answer holds the wave for holdMs and no longer, and its result opens a wave of its own', async () => {
  const { lane, batches, waves, clock, turn } = laneOf({ batchSize: 1, parallel: 2, holdMs: 1000 });
  lane.mark(a);
  lane.mark(b);
  await turn();
  const late = batches.find((batch) => batch.units[0] === a);
  batches.find((batch) => batch.units[0] === b)?.answer();
  await turn();
  await clock.advanceBy(999);
  expect(waves).toEqual([]);
  await clock.advanceBy(1);
  expect(waves).toMatchObject([{ late: 1 }]);
  lane.mark(b);
  await clock.advanceBy(100);
  expect(batches).toHaveLength(3);
  batches[2]?.answer();
  await turn();
  expect(waves).toHaveLength(2);
  late?.answer();
  await clock.advanceBy(100);
  expect(waves).toHaveLength(3);
  expect(lane.idle).toBe(true);
});

test('a unit that joins while its last answer is still on its way goes again all the same', async () => {
  const { lane, batches, clock, turn } = laneOf({ batchSize: 1, parallel: 2 });
  lane.mark(a);
  await turn();
  lane.join(a);
  await turn();
  batches[0]?.answer();
  await clock.advanceBy(100);
  expect(batches.map(({ units }) => units)).toEqual([[a], [a]]);
});

test('nothing is taken before the sources are complete', async () => {
  const clock = new ManualClock();
  const batches: (readonly UnitName[])[] = [];
  const lane = new Lane({ windowMs: 5, maxWindowMs: 50, batchSize: 2, parallel: 1, holdMs: 1000 }, clock, {
    isAlive: () => true,
    level: levelOf,
    namespaceOf,
    owed: () => 0,
    isSlow: () => false,
    waveOf: () => '',
    readsOthers: () => false,
    translate: async (units) => {
      batches.push(units);
      return [];
    },
    complete: async () => {},
  });
  lane.mark(a);
  await clock.advanceBy(1000);
  expect(batches).toEqual([]);
  lane.resume();
  await clock.advanceBy(0);
  expect(batches).toEqual([[a]]);
});

test('a unit that goes on asking for rows does not hold its wave for longer than holdMs', async () => {
  const { lane, batches, waves, clock } = laneOf({ batchSize: 1, parallel: 2, holdMs: 1000 });
  lane.mark(a);
  lane.mark(b);
  await clock.advanceBy(0);
  batches.find((batch) => batch.units[0] === b)?.answer();
  for (let at = 0; at < 1200; at += 100) {
    batches.findLast((batch) => batch.units[0] === a)?.answer([a]);
    await clock.advanceBy(100);
  }
  expect(waves).toMatchObject([{ late: 1 }]);
  batches.findLast((batch) => batch.units[0] === a)?.answer();
  await clock.advanceBy(100);
  expect(waves).toHaveLength(2);
  expect(lane.idle).toBe(true);
});

test('what a wave had no time for is what the next one begins with', async () => {
  const { lane, batches, waves, clock } = laneOf({ batchSize: 1, holdMs: 1000 });
  lane.mark(a);
  lane.mark(b);
  await clock.advanceBy(1000);
  expect(waves).toMatchObject([{ late: 2 }]);
  lane.mark(c);
  const [first] = batches;
  first?.answer();
  await clock.advanceBy(100);
  expect(new Set(batches.map(({ units }) => units[0]))).toEqual(new Set([a, b]));
  batches[1]?.answer();
  await clock.advanceBy(0);
  expect(batches.map(({ units }) => units[0])).toContain(c);
});

test('a wave of one key does not wait for a large one of another, and each has its share of a batch', async () => {
  const large = Array.from({ length: 100 }, (_, i) => `AttachedRoute/ns/large/HTTPRoute/ns/${i}` as UnitName);
  const { lane, batches, waves, clock, turn } = laneOf({ batchSize: 10 }, bySize);
  for (const unit of large) lane.mark(unit);
  await turn();
  expect(batches.map(({ units }) => units.length)).toEqual([10]);
  lane.mark(a);
  await clock.advanceBy(5);
  batches[0]?.answer();
  await turn();
  expect(batches[1]?.units).toContain(a);
  expect(batches[1]?.units.length).toBe(6);
  batches[1]?.answer();
  await turn();
  expect(waves).toMatchObject([{ key: 'small', members: new Set([a]) }]);
  lane.mark(a);
  await clock.advanceBy(5);
  batches[2]?.answer();
  await turn();
  batches[3]?.answer();
  await turn();
  expect(waves.map(({ key }) => key)).toEqual(['small', 'small']);
});

test('what a result needs goes with the wave of that result, whatever its own key', async () => {
  const { lane, batches, waves, turn } = laneOf({}, byKind);
  lane.mark(a);
  await turn();
  lane.join(c, a);
  batches[0]?.answer();
  await turn();
  expect(waves).toEqual([]);
  batches[1]?.answer();
  await turn();
  expect(waves).toMatchObject([{ key: 'fleet', members: new Set([a, c]) }]);
});

test('a wave that waits for its lower level lets others go, and goes on with the answer', async () => {
  const low = 'EffectiveListeners/ns/gw' as UnitName;
  const { lane, batches, waves, turn } = laneOf({ batchSize: 2, parallel: 2 }, byKind);
  lane.mark(a);
  lane.mark(low);
  lane.mark(c);
  await turn();
  expect(batches.map(({ units }) => units)).toEqual([[low, c]]);
  lane.join(b, low);
  await turn();
  expect(batches).toHaveLength(1);
  batches[0]?.answer([low]);
  await turn();
  expect(waves).toMatchObject([{ key: 'shared' }]);
  expect(batches[1]?.units).toEqual([low]);
  batches[1]?.answer();
  await turn();
  expect(batches[2]?.units).toEqual([a, b]);
  batches[2]?.answer();
  await turn();
  expect(waves).toMatchObject([{ key: 'shared' }, { key: 'fleet', members: new Set([a, low, b]), late: 0 }]);
  expect(lane.idle).toBe(true);
});

test('a wave that reads rows of others goes when those that are as old have made theirs, or are over', async () => {
  const low = 'EffectiveListeners/ns/gw' as UnitName;
  const { lane, batches, clock, turn } = laneOf({ batchSize: 4, parallel: 2, holdMs: 1000 }, apart);
  for (const unit of [c, low, a]) lane.mark(unit);
  await turn();
  expect(batches.map(({ units }) => units)).toEqual([[low]]);
  batches[0]?.answer();
  await turn();
  expect(batches[1]?.units.toSorted()).toEqual([a, c].toSorted());
  batches[1]?.answer();
  await turn();
  for (const unit of [low, c]) lane.mark(unit);
  await clock.advanceBy(100);
  expect(batches[2]?.units).toEqual([low]);
  await clock.advanceBy(1100);
  expect(batches.slice(3).flatMap(({ units }) => units)).toEqual([c]);
});
