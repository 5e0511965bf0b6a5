import { FetchFailure } from '../remote/fetch-failure.ts';
import type { FetchThread } from '../remote/fetch-thread.ts';
import type { FetchRequest, FetchResult, ModuleFetcher, RecalledModule } from './module-fetch.ts';

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

/** Fetches modules in the thread of all fetches. */
export class FetchPool implements ModuleFetcher {
  readonly #thread: FetchThread;
  readonly #isCached: boolean;
  readonly #onCache: (state: CacheState) => void;

  constructor(thread: FetchThread, cache: CacheOptions, onCache: (state: CacheState) => void) {
    this.#thread = thread;
    this.#isCached = cache.maxBytes > 0;
    this.#onCache = onCache;
  }

  async fetch(request: FetchRequest): Promise<FetchResult> {
    const { attemptTimeoutMs } = request.limits;
    try {
      const reply = (await this.#thread.attempt('fetchWasm', request, attemptTimeoutMs)) as FetchReply;
      this.#onCache(reply.cache);
      return reply.result;
    } catch (error) {
      if (error instanceof FetchFailure) return error.result;
      throw error;
    }
  }

  async recall(request: FetchRequest): Promise<RecalledModule | undefined> {
    if (!this.#isCached) return undefined;
    return (await this.#thread.run('recallWasm', request)) as RecalledModule | undefined;
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
