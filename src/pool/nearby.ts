import { translateBatch } from '../translate/translate-batch.ts';
import type { TranslatePool } from './translate-pool.ts';

/**
 * Translates small batches on the caller's thread: two wake-ups cost more than the translation of one changed
 * ClusterLoadAssignment. The size bounds the time of the main thread; an `isolated` unit, which is new or has ended a
 * worker, always goes to a worker.
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
