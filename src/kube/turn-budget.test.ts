import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { TurnBudget } from './turn-budget.ts';

test('however many work at once, they share what one turn of the event loop has', async () => {
  let nowMs = 0;
  const turn = new TurnBudget({ now: () => nowMs, wallMs: () => 0, after: () => () => {} });
  let workedMs = 0;
  const longestMs: number[] = [];
  const work = async (): Promise<void> => {
    for (let step = 0; step < 50; step++) {
      nowMs += 1;
      workedMs += 1;
      if (turn.spent) await turn.nextTurn();
    }
  };
  const all = Promise.all(Array.from({ length: 8 }, work)).then(() => 'done');
  while ((await Promise.race([all, nextTurn('working')])) === 'working') {
    longestMs.push(workedMs);
    workedMs = 0;
  }
  // 8 ms, one step beyond it for each of the eight, and as much again where two turns are counted as one.
  expect(Math.max(...longestMs)).toBeLessThanOrEqual(32);
  expect(longestMs.length).toBeGreaterThan(10);
});
