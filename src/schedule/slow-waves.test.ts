import { expect, test } from 'vitest';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import type { UnitName } from '../lib/key.ts';
import { lastLevel } from '../units/unit-def.ts';
import { levelOf, namespaceOf } from '../units/unit.ts';
import { Lane, type LaneOptions } from './lane.ts';
import type { Wave } from './wave.ts';

const holdMs = 1000;
const routes = (namespace: string, count: number): UnitName[] =>
  Array.from({ length: count }, (_, i) => `AttachedRoute/ns/gw/HTTPRoute/${namespace}/r${i}` as UnitName);
const quick = 'AttachedRoute/ns/gw/HTTPRoute/quick/r' as UnitName;
const maker = 'EffectiveListeners/ns/gw' as UnitName;

interface Answered {
  readonly units: readonly UnitName[];
  readonly answer: (again?: readonly UnitName[]) => Promise<void>;
}

function laneOf(options: Partial<LaneOptions> = {}) {
  const clock = new ManualClock();
  const underWay: Answered[] = [];
  const waves: Wave[] = [];
  const slow = new Set(['slow']);
  const owed: Record<string, number> = {};
  const lane = new Lane(
    { windowMs: 0, maxWindowMs: 0, batchSize: 1, parallel: 1, holdMs, ...options },
    clock,
    {
      isAlive: () => true,
      level: levelOf,
      namespaceOf,
      owed: (namespace) => owed[namespace] ?? 0,
      isSlow: (unit) => levelOf(unit) === lastLevel && slow.has(namespaceOf(unit)),
      waveOf: () => 'fleet',
      readsOthers: () => false,
      translate: (units) =>
        new Promise((resolve) => {
          const batch: Answered = {
            units,
            async answer(again = []) {
              underWay.splice(underWay.indexOf(batch), 1);
              resolve(again);
              await clock.advanceBy(0);
            },
          };
          underWay.push(batch);
        }),
      complete: async (wave) => void waves.push(wave),
    },
  );
  lane.resume();
  const mark = async (...units: readonly UnitName[]): Promise<void> => {
    for (const unit of units) lane.mark(unit);
    await clock.advanceBy(0);
  };
  const running = (namespace: string): Answered[] =>
    underWay.filter(({ units }) => units.some((unit) => namespaceOf(unit) === namespace));
  return { lane, clock, underWay, waves, slow, owed, mark, running };
}

test('a wave does not wait for its slow units, which are published with its key when they are done', async () => {
  const { lane, waves, mark, running } = laneOf({ parallel: 2 });
  const [one = quick, two = quick] = routes('slow', 2);
  await mark(one, two, quick);
  await running('quick')[0]?.answer();
  expect(waves).toMatchObject([{ key: 'fleet', members: new Set([quick]), late: 0 }]);
  await mark(quick);
  await running('quick')[0]?.answer();
  expect(waves).toHaveLength(2);
  await running('slow')[0]?.answer();
  await running('slow')[0]?.answer();
  expect(waves[2]).toMatchObject({ key: 'fleet', members: new Set([one, two]), late: 0 });
  expect(lane.idle).toBe(true);
});

test.each([
  [2, 1],
  [3, 1],
  [4, 2],
  [8, 4],
])(
  'of %i workers slow units have %i at most, and the others when nothing else waits',
  async (parallel, most) => {
    const { mark, running, underWay } = laneOf({ parallel });
    await mark(...routes('slow', 20), ...routes('quick', 20));
    expect([running('slow').length, running('quick').length]).toEqual([most, parallel - most]);
    for (let i = 0; i < 20; i++) await running('quick')[0]?.answer();
    expect(underWay).toHaveLength(most);
    for (let i = 0; i < 19; i++) await running('slow')[0]?.answer();
    expect(running('slow')).toHaveLength(1);
  },
);

test('of one worker slow units have half of the time, and all of it when nothing else waits', async () => {
  const { mark, running, underWay, clock } = laneOf();
  await mark(...routes('slow', 4), ...routes('quick', 40));
  const order: string[] = [];
  for (let i = 0; i < 44; i++) {
    const isSlow = running('slow').length > 0;
    order.push(isSlow ? 'slow' : 'quick');
    await clock.advanceBy(isSlow ? 50 : 5);
    await underWay[0]?.answer();
  }
  const apart = order.flatMap((kind, i) => (kind === 'slow' ? [i] : []));
  expect(apart).toEqual([0, 11, 22, 33]);
});

test('namespaces with slow units go by what they owe', async () => {
  const { mark, running, underWay, slow, owed } = laneOf();
  slow.add('other');
  owed['slow'] = 100;
  const names = (): string[] => underWay.flatMap(({ units }) => units.map(namespaceOf));
  await mark(...routes('slow', 2), ...routes('other', 2));
  expect(names()).toEqual(['other']);
  owed['other'] = 150;
  await running('other')[0]?.answer();
  expect(names()).toEqual(['slow']);
});

test('a unit that is found to be slow while it waits leaves its wave for one of its own', async () => {
  const { lane, waves, mark, underWay, slow } = laneOf();
  const [first = quick, second = quick] = routes('late', 2);
  await mark(first, second, quick);
  expect(underWay.map(({ units }) => units)).toEqual([[first]]);
  slow.add('late');
  await underWay[0]?.answer();
  expect(underWay.map(({ units }) => units)).toEqual([[quick]]);
  await underWay[0]?.answer();
  expect(waves).toMatchObject([{ late: 0 }]);
  expect(underWay.map(({ units }) => units)).toEqual([[second]]);
  await underWay[0]?.answer();
  expect(waves).toMatchObject([{ late: 0 }, { members: new Set([second]), late: 0 }]);
  expect(lane.idle).toBe(true);
});

test('slow units wait for the rows that units of their key make', async () => {
  const { mark, underWay } = laneOf({ parallel: 4, batchSize: 8 });
  await mark(maker, ...routes('slow', 1), quick);
  expect(underWay.map(({ units }) => units)).toEqual([[maker]]);
  await underWay[0]?.answer();
  expect(underWay.flatMap(({ units }) => units).toSorted()).toEqual([quick, ...routes('slow', 1)].toSorted());
});

test('a wave of slow units ends holdMs after it began, and the rest of them goes on in the next', async () => {
  const { lane, clock, waves, mark, running } = laneOf({ parallel: 2 });
  const units = routes('slow', 3);
  await mark(...units);
  await running('slow')[0]?.answer();
  await clock.advanceBy(holdMs);
  expect(waves).toMatchObject([{ members: new Set(units), late: 2 }]);
  // A worker that hangs holds a place of the slow units, and no other.
  expect(running('slow')).toHaveLength(1);
  await mark(quick);
  await running('quick')[0]?.answer();
  expect(waves).toMatchObject([{ late: 2 }, { members: new Set([quick]) }]);
  await running('slow')[0]?.answer();
  await running('slow')[0]?.answer();
  await clock.advanceBy(100);
  expect(
    waves
      .slice(2)
      .flatMap(({ members }) => [...members])
      .toSorted(),
  ).toEqual(units.slice(1));
  expect(lane.idle).toBe(true);
});
