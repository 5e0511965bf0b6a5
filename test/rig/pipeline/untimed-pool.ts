import type { TranslatePool } from '../../../src/pool/translate-pool.ts';
import { translateBatch } from '../../../src/translate/translate-batch.ts';

/** No unit is ever slow, so that counts are the same on any machine. */
export const untimedPool: TranslatePool = {
  // As with `inlinePool`, the answer comes in a later turn.
  run: (batch) => new Promise((resolve) => setImmediate(() => resolve(translateBatch(batch)))),
  heapBytes: () => Promise.resolve(0),
  close: () => Promise.resolve(),
};
