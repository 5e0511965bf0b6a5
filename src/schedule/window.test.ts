import { expect, test } from 'vitest';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import { CoalescingWindow } from './window.ts';

function windowOf(options: { windowMs: number; maxWindowMs: number }) {
  const clock = new ManualClock();
  const closes: number[] = [];
  const window = new CoalescingWindow(options, clock, () => closes.push(clock.now()));
  return { clock, closes, window };
}

test('one change alone closes the window in the same turn', async () => {
  const { window, closes } = windowOf({ windowMs: 5, maxWindowMs: 50 });
  window.touch();
  expect(closes).toEqual([]);
  await Promise.resolve();
  expect(closes).toEqual([0]);
});

test('changes that follow a close wait until there is none for windowMs', async () => {
  const { window, closes, clock } = windowOf({ windowMs: 5, maxWindowMs: 50 });
  window.touch();
  await Promise.resolve();
  for (const at of [1, 4, 8]) {
    await clock.advanceTo(at);
    window.touch();
  }
  await clock.advanceTo(12.9);
  expect(closes).toEqual([0]);
  await clock.advanceTo(13);
  expect(closes).toEqual([0, 13]);
});

test('an endless burst closes the window every maxWindowMs', async () => {
  const { window, closes, clock } = windowOf({ windowMs: 5, maxWindowMs: 20 });
  for (let at = 0; at <= 50; at += 2) {
    await clock.advanceTo(at);
    window.touch();
    await Promise.resolve();
  }
  expect(closes).toEqual([0, 22, 42]);
});

test('what could not be taken is due as soon as the consumer is idle', async () => {
  const { window, closes, clock } = windowOf({ windowMs: 5, maxWindowMs: 20 });
  window.touch();
  await Promise.resolve();
  await clock.advanceTo(1);
  window.touch();
  await clock.advanceTo(40);
  expect(closes).toEqual([0, 6]);
  window.idle(true);
  await Promise.resolve();
  expect(closes).toEqual([0, 6, 40]);
  window.idle(false);
  await clock.advanceTo(100);
  expect(closes).toEqual([0, 6, 40]);
});

test('after a quiet time the next change closes at once again', async () => {
  const { window, closes, clock } = windowOf({ windowMs: 5, maxWindowMs: 50 });
  window.touch();
  await Promise.resolve();
  await clock.advanceTo(5);
  window.touch();
  await Promise.resolve();
  expect(closes).toEqual([0, 5]);
});
