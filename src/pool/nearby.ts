import { translateBatch } from '../translate/translate-batch.ts';
import type { TranslatePool } from './translate-pool.ts';

/**
 * Does small batches on the caller's thread and hands the others to workers. For the endpoints lane: to wake a worker and
 * to be woken by it costs more CPU, and more time, than to translate one changed ClusterLoadAssignment.
 *
 * The size of such a batch bounds the time that it takes of the main thread. A unit that has never been translated, or that
 * ended a worker before, is `isolated` and goes to a worker whatever its size.
 */
export class NearbyPool implements TranslatePool {
  readonly #workers: TranslatePool;
  readonly #maxBytes: number;

  constructor(workers: TranslatePool, maxBytes: number) {
    this.#workers = workers;
    this.#maxBytes = maxBytes;
  }

  async run(batch: Uint8Array<ArrayBuffer>, isolated: boolean): Promise<Uint8Array> {
    if (isolated || batch.length > this.#maxBytes) return this.#workers.run(batch, isolated);
    return translateBatch(batch, () => performance.now());
  }

  heapBytes(): Promise<number> {
    return this.#workers.heapBytes();
  }

  close(): Promise<void> {
    return this.#workers.close();
  }
}
