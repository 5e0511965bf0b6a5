import { Piscina } from 'piscina';
import type { Clock } from '../lib/clock.ts';
import type { FetchRequest, FetchResult, ModuleFetcher, RecalledModule } from './module-fetch.ts';

export interface FetchPoolOptions {
  /** Attempts at a time, all in one thread: they do little but wait. */
  readonly parallel: number;
  readonly cache: CacheOptions;
  /** Another worker entry, for tests. */
  readonly entry?: URL;
}

export interface CacheOptions {
  readonly directory: string;
  /** 0: nothing is kept. */
  readonly maxBytes: number;
}

/** Answer of a worker. */
export interface FetchReply {
  readonly result: FetchResult;
  readonly cache: CacheState;
}

/** How the cache on disk stands. */
export interface CacheState {
  readonly bytes: number;
  /** Reads and writes that have gone wrong in this worker. */
  readonly faults: number;
  /** The present problem, in one line; empty: none. */
  readonly fault: string;
}

/** A worker that is this late will not come: it hangs, or the machine has nothing left to give. */
const graceMs = 10_000;

/** For bookkeeping: modules are not on the heap. */
const heapMiB = 64;

/** Makes attempts in a thread of its own, so that no download, hash or archive is on anybody's way. */
export class FetchPool implements ModuleFetcher {
  readonly #options: FetchPoolOptions;
  readonly #clock: Clock;
  readonly #onCache: (state: CacheState) => void;
  /** Not made before there is a module to fetch, as most fleets have none. */
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
      // Nothing that hangs may be in the way of what is on disk, which is asked for one by one.
      concurrentTasksPerWorker: parallel + 1,
      maxQueue: parallel,
      workerData: cache,
      resourceLimits: { maxOldGenerationSizeMb: heapMiB },
      // An idle worker must not be parked: connections and timers have to go on.
      atomics: 'disabled',
      recordTiming: false,
    });
    // A worker's end is reported by the attempts it was making; without a listener it would end the process as well.
    piscina.on('error', () => {});
    return piscina;
  }
}

const fetchEntry = new URL('../../workers/wasm-fetch.ts', import.meta.url);
