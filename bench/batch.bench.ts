import { encodeBatch, decodeBatch } from '../src/batch/translate-batch.ts';
import { decodeResult } from '../src/batch/translate-result.ts';
import { translateBatch } from '../src/translate/translate-batch.ts';
import type { Suite } from './micro.ts';
import { benchStore, keysOf, unitsOf } from './store.ts';

const read = (key: Parameters<typeof benchStore.read>[0]): Uint8Array | undefined => benchStore.read(key);
const cases = [1, 64].map((count) => {
  const units = unitsOf('ClusterLoadAssignment', count);
  const keys = keysOf(units);
  const batch = encodeBatch(units, keys, read);
  return { count, units, keys, batch, result: translateBatch(batch.bytes) };
});

export const batchSuite: Suite = {
  title: 'batch: across the thread boundary',
  cases: cases.flatMap(({ count, units, keys, batch, result }) => [
    { name: `encode a batch of ${count}`, run: () => void encodeBatch(units, keys, read) },
    { name: `decode a batch of ${count}`, run: () => void decodeBatch(batch.bytes) },
    { name: `decode a result of ${count}`, run: () => void decodeResult(result, batch) },
  ]),
};
