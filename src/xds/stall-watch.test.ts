import { expect, test } from 'vitest';
import { ManualClock } from '../../test/fakes/manual-clock.ts';
import { StallWatch } from './stall-watch.ts';

function watch(): {
  readonly clock: ManualClock;
  readonly it: StallWatch<string>;
  readonly stalled: string[];
} {
  const clock = new ManualClock();
  const stalled: string[] = [];
  const it = new StallWatch<string>({ stalledAfterMs: 60_000 }, clock, (client) => stalled.push(client));
  return { clock, it, stalled };
}

test('a client that takes nothing for a minute is stalled, and the others are not', async () => {
  const { clock, it, stalled } = watch();
  it.wrote('a', 1000);
  it.wrote('b', 1000);
  it.took('b', 1000);
  await clock.advanceBy(59_000);
  expect(stalled).toEqual([]);
  await clock.advanceBy(10_000);
  expect(stalled).toEqual(['a']);
});

test('a client that takes one of its messages has another minute for the next', async () => {
  const { clock, it, stalled } = watch();
  for (let i = 0; i < 5; i++) it.wrote('a', 1000);
  for (let i = 0; i < 4; i++) {
    await clock.advanceBy(50_000);
    it.took('a', 1000);
  }
  expect(stalled).toEqual([]);
  await clock.advanceBy(70_000);
  expect(stalled).toEqual(['a']);
});

test('a client on a slow link has as long as a large message takes', async () => {
  const { clock, it, stalled } = watch();
  it.wrote('a', 64_000 * 120);
  await clock.advanceBy(170_000);
  expect(stalled).toEqual([]);
  await clock.advanceBy(30_000);
  expect(stalled).toEqual(['a']);
});

test('a client that is gone, or has been told of, is not told of again', async () => {
  const { clock, it, stalled } = watch();
  it.wrote('a', 1000);
  it.wrote('b', 1000);
  it.forget('a');
  await clock.advanceBy(300_000);
  expect(stalled).toEqual(['b']);
});
