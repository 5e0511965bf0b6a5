import { Piscina } from 'piscina';
import type { Clock } from '../lib/clock.ts';
import type { FetchRequest, FetchResult, ModuleFetcher, RecalledModule } from './module-fetch.ts';

export interface FetchPoolOptions {
  /** Concurrent attempts, all in one thread: they mostly wait. */
  readonly parallel: number;
  readonly cache: CacheOptions;
  readonly entry?: URL;
}

export interface CacheOptions {
  readonly directory: string;
  /** 0 disables the cache. */
  readonly maxBytes: number;
}

export interface FetchReply {
  readonly result: FetchResult;
  readonly cache: CacheState;
}

export interface CacheState {
  readonly bytes: number;
  readonly faults: number;
  readonly fault: string;
}

/** A worker that is later than this hangs, or the machine is overloaded. */
const graceMs = 10_000;

/** Heap for bookkeeping: modules are outside of the heap. */
const heapMiB = 64;

/** Runs attempts in a worker thread, so that downloads, hashes and archives do not delay the main thread. */
export class FetchPool implements ModuleFetcher {
  readonly #options: FetchPoolOptions;
  readonly #clock: Clock;
  readonly #onCache: (state: CacheState) => void;
  /** Created with the first module: most fleets have none. */
  #piscina: Piscina<FetchRequest, unknown> | undefined;

  constructor(options: FetchPoolOptions, clock: Clock, onCache: (state: CacheState) => void) {
    this.#options = options;
    this.#clock = clock;
    this.#onCache = onCache;
  }

  async fetch(request: FetchRequest): Promise<FetchResult> {
    this.#piscina ??= this.#start();
    const deadline = new AbortController();
    const { signal } = deadline;
    const cancel = this.#clock.after(request.limits.attemptTimeoutMs + graceMs, () => deadline.abort());
    try {
      const { result, cache } = (await this.#piscina.run(request, { signal })) as FetchReply;
      this.#onCache(cache);
      return result;
    } catch (error) {
      if (!signal.aborted) throw error;
      return {
        kind: 'unreachable',
        reason: 'timeout',
        message: 'the attempt did not end in time',
        retryAfterMs: 0,
      };
    } finally {
      cancel();
    }
  }

  async recall(request: FetchRequest): Promise<RecalledModule | undefined> {
    if (this.#options.cache.maxBytes === 0) return undefined;
    this.#piscina ??= this.#start();
    return (await this.#piscina.run(request, { name: 'recall' })) as RecalledModule | undefined;
  }

  async close(): Promise<void> {
    await this.#piscina?.destroy();
  }

  #start(): Piscina<FetchRequest, unknown> {
    const { parallel, cache, entry } = this.#options;
    const piscina = new Piscina<FetchRequest, unknown>({
      filename: (entry ?? fetchEntry).href,
      name: 'fetch',
      minThreads: 1,
      maxThreads: 1,
      // One more than the attempts: reads from disk, one at a time, must not wait for a hanging server.
      concurrentTasksPerWorker: parallel + 1,
      maxQueue: parallel,
      workerData: cache,
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

const fetchEntry = new URL('../../workers/wasm-fetch.ts', import.meta.url);
