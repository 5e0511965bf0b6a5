import { move, Piscina } from 'piscina';
import type { Clock } from '../lib/clock.ts';
import { DeadlineExceeded, type TranslatePool } from './translate-pool.ts';

export interface ThreadPoolOptions {
  readonly workers: number;
  /** How long a batch may take before its worker is ended. A batch takes tens of milliseconds at the most. */
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

  constructor({ workers, deadlineMs, heapMiB, entry }: ThreadPoolOptions, clock: Clock) {
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
    this.#piscina = new Piscina({
      filename: (entry ?? translateEntry).href,
      minThreads: workers,
      maxThreads: workers,
      // A lane has at most one batch per worker under way; the slack is for batches whose worker is being replaced.
      maxQueue: workers * 4,
      resourceLimits: { maxOldGenerationSizeMb: heapMiB },
      // Parks an idle worker in Atomics.wait, which saves wake-up time; right only because workers do no I/O.
      atomics: 'sync',
      recordTiming: false,
    });
    // A worker's end is reported by the task it was doing; without a listener it would end the process as well.
    this.#piscina.on('error', () => {});
  }

  async run(batch: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    const deadline = new AbortController();
    const cancel = this.#clock.after(this.#deadlineMs, () => deadline.abort());
    try {
      return await this.#piscina.run(move(batch), { signal: deadline.signal });
    } catch (error) {
      if (deadline.signal.aborted) {
        throw new DeadlineExceeded(`no answer within ${this.#deadlineMs} ms`, { cause: error });
      }
      throw error;
    } finally {
      cancel();
    }
  }

  async close(): Promise<void> {
    await this.#piscina.destroy();
  }
}

const translateEntry = new URL('../../workers/translate.ts', import.meta.url);
