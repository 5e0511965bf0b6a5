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
  /** True for workers that start with the first batch. */
  readonly startsLate?: boolean;
  readonly entry?: URL;
}

/** Holds the workers of one lane, so that lanes do not wait for each other. */
export class ThreadPool implements TranslatePool {
  readonly #piscina: Piscina<unknown, Uint8Array>;
  readonly #deadlineMs: number;
  readonly #clock: Clock;
  #free: number;
  readonly #waiting = new Set<() => void>();
  /** True while a worker may not have started yet: at first, and after one has ended. */
  #cold = true;

  constructor({ workers, deadlineMs, heapMiB, startsLate, entry }: ThreadPoolOptions, clock: Clock) {
    this.#free = workers;
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
    this.#piscina = new Piscina({
      filename: (entry ?? translateEntry).href,
      name: 'translate',
      minThreads: startsLate === true ? 0 : workers,
      maxThreads: workers,
      // They stay: the end of a worker gives back a quarter of the memory that its start took.
      idleTimeout: Number.POSITIVE_INFINITY,
      resourceLimits: { maxOldGenerationSizeMb: heapMiB },
      // Parks an idle worker in Atomics.wait, which saves wake-up time; allowed as workers do no I/O.
      atomics: 'sync',
      recordTiming: false,
    });
    // The task reports the end of its worker; without a listener the process would end as well.
    this.#piscina.on('error', () => {});
  }

  get hasStarted(): boolean {
    return this.#piscina.threads.length > 0;
  }

  async run(batch: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    await this.#takeWorker();
    return this.#runOnTaken(batch);
  }

  /** Resolves to undefined, with the batch as it was, when no worker is free within this time. */
  async runWithin(waitMs: number, batch: Uint8Array<ArrayBuffer>): Promise<Uint8Array | undefined> {
    return (await this.#takeWorker(waitMs)) ? this.#runOnTaken(batch) : undefined;
  }

  async #runOnTaken(batch: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    try {
      if (this.#cold) {
        await this.#answer(startDeadlineMs, encodeBatch([], [], () => undefined).bytes);
        this.#cold = false;
      }
      return await this.#answer(this.#deadlineMs, batch);
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

  async #answer(deadlineMs: number, batch: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
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

  /** Resolves to false after `waitMs` without a worker; by default it waits for as long as it takes. */
  async #takeWorker(waitMs?: number): Promise<boolean> {
    if (this.#free > 0) {
      this.#free--;
      return true;
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const take = (): void => resolve(true);
    this.#waiting.add(take);
    if (waitMs === undefined) return promise;
    const cancel = this.#clock.after(waitMs, () => {
      // A worker that was given meanwhile is taken.
      if (this.#waiting.delete(take)) resolve(false);
    });
    return promise.finally(cancel);
  }

  #giveWorkerBack(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free++;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}

/** A worker starts in half a second; this is for a starved machine. */
const startDeadlineMs = 60_000;

const translateEntry = new URL('../../workers/translate.ts', import.meta.url);
