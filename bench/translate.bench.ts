import { encodeBatch } from '../src/batch/translate-batch.ts';
import { systemClock } from '../src/lib/clock.ts';
import { ThreadPool } from '../src/pool/threads.ts';
import { translateBatch } from '../src/translate/translate-batch.ts';
import type { Suite } from './micro.ts';
import { benchStore, keysOf, unitsOf } from './store.ts';

const batchOf = (kind: 'ClusterLoadAssignment' | 'AttachedRoute', count: number): Uint8Array<ArrayBuffer> => {
  const units = unitsOf(kind, count);
  return encodeBatch(units, keysOf(units), (key) => benchStore.read(key)).bytes;
};
const pool = new ThreadPool({ workers: 1, deadlineMs: 10_000, heapMiB: 256 }, systemClock);
export const closeTranslatePool = (): Promise<void> => pool.close();

const one = batchOf('ClusterLoadAssignment', 1);
const many = batchOf('ClusterLoadAssignment', 64);
const route = batchOf('AttachedRoute', 1);
const routes = batchOf('AttachedRoute', 64);

export const translateSuite: Suite = {
  title: 'translate: one batch, on this thread and by way of a worker',
  cases: [
    { name: '1 ClusterLoadAssignment, here', run: () => void translateBatch(one) },
    { name: '1 ClusterLoadAssignment, worker', run: async () => void (await pool.run(one.slice())) },
    { name: '64 ClusterLoadAssignments, here', run: () => void translateBatch(many) },
    { name: '64 ClusterLoadAssignments, worker', run: async () => void (await pool.run(many.slice())) },
    { name: '1 route at a Gateway, here', run: () => void translateBatch(route) },
    { name: '64 routes at a Gateway, here', run: () => void translateBatch(routes) },
  ],
};
