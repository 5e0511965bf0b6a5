import { move, Piscina } from 'piscina';
import { encodeBatch } from '../batch/translate-batch.ts';
import type { Clock } from '../lib/clock.ts';
import { DeadlineExceeded, type TranslatePool } from './translate-pool.ts';

export interface ThreadPoolOptions {
  readonly workers: number;
  /**
   * How long a batch may take before its worker is ended. A batch takes tens of milliseconds at the most. Neither waiting
   * for a worker nor a worker's start counts, so a batch is never blamed for the one before it.
   */
  readonly deadlineMs: number;
  /** Old-space limit of each worker; one that needs more ends alone, not the process. */
  readonly heapMiB: number;
  /** Another worker entry; tests use ones that fail in every way a worker can. */
  readonly entry?: URL;
}

/** A lane's own workers, so that one lane's work never waits for the other's. */
export class ThreadPool implements TranslatePool {
  readonly #piscina: Piscina<unknown, Uint8Array>;
  readonly #deadlineMs: number;
  readonly #clock: Clock;
  #free: number;
  readonly #waiting: (() => void)[] = [];
  /** True while a worker may have yet to start: at first, and after one has ended. */
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
      // Parks an idle worker in Atomics.wait, which saves wake-up time; right only because workers do no I/O.
      atomics: 'sync',
      recordTiming: false,
    });
    // A worker's end is reported by the task it was doing; without a listener it would end the process as well.
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

/** A worker starts in half a second; this is for a machine that has nothing left to give. */
const startDeadlineMs = 60_000;

const translateEntry = new URL('../../workers/translate.ts', import.meta.url);
