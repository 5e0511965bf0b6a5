import { expect, test } from 'vitest';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import type { UnitName } from '../lib/key.ts';
import { Costs, slowMs } from './costs.ts';

const unit = 'HTTPRoute/a/r' as UnitName;
const another = 'HTTPRoute/a/another' as UnitName;
const ofOtherKind = 'Cluster/a/app/80/http1' as UnitName;

function costsOf(): { costs: Costs; clock: ManualClock } {
  const clock = new ManualClock();
  return { costs: new Costs(clock), clock };
}

test('a unit is slow until it was quick a minute after its last slow translation', async () => {
  const { costs, clock } = costsOf();
  costs.took(unit, 'a', slowMs - 1);
  expect(costs.isSlow(unit)).toBe(false);
  costs.took(unit, 'a', slowMs);
  await clock.advanceBy(59_999);
  costs.took(unit, 'a', 1);
  expect([costs.isSlow(unit), costs.isSlow(another)]).toEqual([true, false]);
  await clock.advanceBy(1);
  expect(costs.isSlow(unit)).toBe(true);
  costs.took(unit, 'a', 1);
  expect(costs.isSlow(unit)).toBe(false);
  costs.took(unit, 'a', slowMs);
  costs.forget(unit);
  expect(costs.isSlow(unit)).toBe(false);
});

test('units of a kind and namespace are suspect while slow ones take most of their time, and for a minute', async () => {
  const { costs, clock } = costsOf();
  costs.took(unit, 'a', 499);
  expect(costs.isLikeSlow(another, 'a')).toBe(false);
  costs.took(unit, 'a', slowMs);
  expect([costs.isLikeSlow(another, 'a'), costs.isSlow(another)]).toEqual([true, false]);
  expect([costs.isLikeSlow(another, 'b'), costs.isLikeSlow(ofOtherKind, 'a')]).toEqual([false, false]);
  for (let i = 0; i < 520; i++) costs.took(another, 'a', 1);
  expect(costs.isLikeSlow(another, 'a')).toBe(false);
  costs.took(unit, 'a', 250);
  await clock.advanceBy(59_999);
  expect(costs.isLikeSlow(another, 'a')).toBe(true);
  await clock.advanceBy(1);
  expect(costs.isLikeSlow(another, 'a')).toBe(false);
});

test('time that is used is owed, and cleared as time goes by: ten seconds at most', async () => {
  const { costs, clock } = costsOf();
  costs.took(unit, 'a', 510);
  costs.took(unit, 'b', 9);
  expect([costs.owed('a'), costs.owed('b'), costs.owed('c')]).toEqual([500, 0, 0]);
  await clock.advanceBy(400);
  expect(costs.owed('a')).toBe(100);
  costs.took(unit, 'a', 1_000_000);
  await clock.advanceBy(10_000);
  expect(costs.owed('a')).toBe(0);
});

test('of the time that was used half is left after a minute', async () => {
  const { costs, clock } = costsOf();
  costs.took(unit, 'a', 4000);
  await clock.advanceBy(60_000);
  costs.took(unit, 'a', 1000);
  await clock.advanceBy(60_000);
  expect([...costs.used()]).toEqual([['a', 1.5]]);
});

test('namespaces that come and go do not stay', async () => {
  const { costs, clock } = costsOf();
  for (let i = 0; i < 20_000; i++) {
    costs.took(unit, `n${i}`, 0.1);
    await clock.advanceBy(100);
  }
  expect([...costs.used()].length).toBeLessThan(3000);
});
