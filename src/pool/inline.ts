import { translateBatch } from '../translate/translate-batch.ts';
import type { TranslatePool } from './translate-pool.ts';

/** Translates without threads: for tests, for `sluice translate`, and as the baseline of benchmarks. */
export const inlinePool: TranslatePool = {
  // Answers in a later turn, as a thread does, so that events have the same order with both pools.
  run: (batch) =>
    new Promise((resolve) => setImmediate(() => resolve(translateBatch(batch, () => performance.now())))),
  heapBytes: () => Promise.resolve(0),
  close: () => Promise.resolve(),
};
