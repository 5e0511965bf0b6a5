import { Piscina } from 'piscina';
import { assert } from '../lib/assert.ts';
import type { Clock } from '../lib/clock.ts';
import { unreachable } from './fetch-failure.ts';

export interface FetchThreadOptions {
  /** Module whose functions are the tasks. */
  readonly entry: URL;
  /** Concurrent tasks, all in one thread: they mostly wait. */
  readonly parallel: number;
  /** Given to the worker when it starts. */
  readonly data: object;
}

/** A worker that is later than this hangs, or the machine is overloaded. */
const graceMs = 10_000;

/** Heap for bookkeeping: what is fetched is outside of the heap. */
const heapMiB = 64;

/**
 * Runs attempts in one worker thread, so that downloads, hashes and archives do not delay the main thread. All users of the
 * process share it: name lookups block threads that the process has few of, and are counted there.
 */
export class FetchThread {
  readonly #options: FetchThreadOptions;
  readonly #clock: Clock;
  /** Created with the first task: most fleets have none. */
  #piscina: Piscina<object, unknown> | undefined;
  readonly #hung = new WeakSet<Piscina<object, unknown>>();
  #closing: Promise<void> | undefined;

  constructor(options: FetchThreadOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Resolves to what the task returns, soon after its time at the latest, or rejects with a FetchFailure. */
  async attempt(task: string, request: object, timeoutMs: number): Promise<unknown> {
    const piscina = (this.#piscina ??= this.#start());
    const deadline = Promise.withResolvers<never>();
    const late = unreachable('timeout', 'the attempt did not end in time');
    const cancel = this.#clock.after(timeoutMs + graceMs, () => {
      this.#restart(piscina);
      deadline.reject(late);
    });
    try {
      // Without a signal: Piscina gives a worker no second task while one can be aborted.
      return await Promise.race([piscina.run(request, { name: task }), deadline.promise]);
    } catch (error) {
      throw this.#hung.has(piscina) ? late : error;
    } finally {
      cancel();
    }
  }

  /** For a task that asks no server. */
  async run(task: string, request: object): Promise<unknown> {
    this.#piscina ??= this.#start();
    return this.#piscina.run(request, { name: task });
  }

  /** Ends what is under way. May be called by each user. */
  close(): Promise<void> {
    this.#closing ??= this.#piscina?.destroy() ?? Promise.resolve();
    return this.#closing;
  }

  /** Ends a worker that hangs, with all that it does; the next task starts another. */
  #restart(piscina: Piscina<object, unknown>): void {
    this.#hung.add(piscina);
    if (this.#piscina === piscina) this.#piscina = undefined;
    void piscina.destroy();
  }

  #start(): Piscina<object, unknown> {
    assert(this.#closing === undefined, 'no fetch after the end');
    const { entry, parallel, data } = this.#options;
    const piscina = new Piscina<object, unknown>({
      filename: entry.href,
      name: 'fetch',
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: parallel,
      maxQueue: parallel,
      workerData: data,
      resourceLimits: { maxOldGenerationSizeMb: heapMiB },
      // A parked worker would stop connections and timers.
      atomics: 'disabled',
      recordTiming: false,
    });
    // The running attempts report the end of a worker; without a listener it would end the process.
    piscina.on('error', () => {});
    return piscina;
  }
}
