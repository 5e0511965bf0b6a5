import { translateBatch } from '../translate/translate-batch.ts';
import type { TranslatePool } from './translate-pool.ts';

/** The pool's twin without threads, for tests, for `sluice translate` and as the baseline of the benchmarks. */
export const inlinePool: TranslatePool = {
  // The answer comes in a later turn, as it does from a thread, so both twins order events alike.
  run: (batch) =>
    new Promise((resolve) => setImmediate(() => resolve(translateBatch(batch, () => performance.now())))),
  heapBytes: () => Promise.resolve(0),
  close: () => Promise.resolve(),
};
