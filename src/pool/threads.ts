import { move, Piscina } from 'piscina';
import { encodeBatch } from '../batch/translate-batch.ts';
import type { Clock } from '../lib/clock.ts';
import { DeadlineExceeded, type TranslatePool } from './translate-pool.ts';

export interface ThreadPoolOptions {
  readonly workers: number;
  /**
   * Time of a batch until its worker is ended; a batch takes tens of milliseconds at most. Counts neither the wait for a
   * worker nor its start, so that a batch is not blamed for the one before it.
   */
  readonly deadlineMs: number;
  /** Old-space limit of each worker: one that needs more ends alone. */
  readonly heapMiB: number;
  readonly entry?: URL;
}

/** Holds the workers of one lane, so that lanes do not wait for each other. */
export class ThreadPool implements TranslatePool {
  readonly #piscina: Piscina<unknown, Uint8Array>;
  readonly #deadlineMs: number;
  readonly #clock: Clock;
  #free: number;
  readonly #waiting: (() => void)[] = [];
  /** True while a worker may not have started yet: at first, and after one has ended. */
  #cold = true;

  constructor({ workers, deadlineMs, heapMiB, entry }: ThreadPoolOptions, clock: Clock) {
    this.#free = workers;
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
    this.#piscina = new Piscina({
      filename: (entry ?? translateEntry).href,
      name: 'translate',
      minThreads: workers,
      maxThreads: workers,
      resourceLimits: { maxOldGenerationSizeMb: heapMiB },
      // Parks an idle worker in Atomics.wait, which saves wake-up time; allowed as workers do no I/O.
      atomics: 'sync',
      recordTiming: false,
    });
    // The task reports the end of its worker; without a listener the process would end as well.
    this.#piscina.on('error', () => {});
  }

  async run(batch: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    await this.#takeWorker();
    try {
      if (this.#cold) {
        await this.#runWithin(startDeadlineMs, encodeBatch([], [], () => undefined).bytes);
        this.#cold = false;
      }
      return await this.#runWithin(this.#deadlineMs, batch);
    } catch (error) {
      this.#cold = true;
      throw error;
    } finally {
      this.#giveWorkerBack();
    }
  }

  async heapBytes(): Promise<number> {
    const statistics = await Promise.all(this.#piscina.threads.map((worker) => worker.getHeapStatistics()));
    return statistics.reduce((sum, heap) => sum + heap.used_heap_size + heap.external_memory, 0);
  }

  async close(): Promise<void> {
    await this.#piscina.destroy();
  }

  async #runWithin(deadlineMs: number, batch: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    const deadline = new AbortController();
    const cancel = this.#clock.after(deadlineMs, () => deadline.abort());
    try {
      return await this.#piscina.run(move(batch), { signal: deadline.signal });
    } catch (error) {
      if (deadline.signal.aborted) {
        throw new DeadlineExceeded(`no answer within ${deadlineMs} ms`, { cause: error });
      }
      throw error;
    } finally {
      cancel();
    }
  }

  async #takeWorker(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #giveWorkerBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}

/** A worker starts in half a second; this is for a starved machine. */
const startDeadlineMs = 60_000;

const translateEntry = new URL('../../workers/translate.ts', import.meta.url);
