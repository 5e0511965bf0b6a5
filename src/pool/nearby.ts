import { threadCpuMs } from '../lib/thread-cpu.ts';
import { translateBatch } from '../translate/translate-batch.ts';
import type { ThreadPool } from './threads.ts';
import type { TranslatePool } from './translate-pool.ts';

/** Waits longer than usual batches of the other lane take, and shorter than users notice. */
const waitMs = 100;

/**
 * Translates small batches on the caller's thread: two wake-ups cost more than the translation of one changed
 * ClusterLoadAssignment. The size bounds the time of the main thread; an `isolated` unit, which may end its thread, always
 * goes to a worker.
 *
 * Batches for a worker are rare, and a worker costs 22 MiB. So workers of the other lane take them, until these are busy
 * for too long once: then own workers start, and lanes do not wait for each other from then on.
 */
export class NearbyPool implements TranslatePool {
  readonly #own: ThreadPool;
  readonly #others: ThreadPool;
  readonly #maxBytes: number;

  constructor(own: ThreadPool, others: ThreadPool, maxBytes: number) {
    this.#own = own;
    this.#others = others;
    this.#maxBytes = maxBytes;
  }

  async run(batch: Uint8Array<ArrayBuffer>, isolated: boolean): Promise<Uint8Array> {
    if (!isolated && batch.length <= this.#maxBytes)
      return translateBatch(batch, () => performance.now(), threadCpuMs);
    if (this.#own.hasStarted) return this.#own.run(batch);
    return (await this.#others.runWithin(waitMs, batch)) ?? this.#own.run(batch);
  }

  heapBytes(): Promise<number> {
    return this.#own.heapBytes();
  }

  close(): Promise<void> {
    return this.#own.close();
  }
}
