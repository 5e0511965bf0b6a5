import { expect, test } from 'vitest';
import { encodeBatch } from '../batch/translate-batch.ts';
import { decodeResult } from '../batch/translate-result.ts';
import { unitName } from '../units/unit.ts';
import { translateBatch } from './translate-batch.ts';

/** Microseconds of two units, by clocks that give these values in turn. */
function microsOf(times: readonly number[], cpu: readonly number[]): number[] {
  const names = ['a', 'b'].map((name) =>
    unitName({ kind: 'EffectiveListeners', namespace: 'default', name }),
  );
  const batch = encodeBatch(names, [], () => undefined);
  const [nextTime, nextCpu] = [times.values(), cpu.values()];
  const result = translateBatch(
    batch.bytes,
    () => nextTime.next().value ?? NaN,
    () => nextCpu.next().value ?? NaN,
  );
  return decodeResult(result, batch).flatMap((outcome) => (outcome.kind === 'later' ? [] : [outcome.micros]));
}

test('a unit that waited for a core costs the CPU time that it had', () => {
  // Batch; start and end of the first unit; whether there is time for another; start and end of the second.
  expect(microsOf([0, 1, 61, 61, 62, 92], [5, 9, 39])).toEqual([4_000, 30_000]);
});

test('a quick unit costs the time that passed, without a question for CPU time', () => {
  expect(microsOf([0, 1, 2, 2, 3, 5], [5])).toEqual([1_000, 2_000]);
});
