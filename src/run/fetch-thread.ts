import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Clock } from '../lib/clock.ts';
import { FetchThread } from '../remote/fetch-thread.ts';
import type { CacheOptions } from '../wasm/fetch-pool.ts';

const MiB = 1024 * 1024;

/** Makes the thread in which modules and documents are fetched. Options of another start have no effect on it. */
export function fetchThread(
  { wasm, documents }: Pick<Config, 'wasm' | 'documents'>,
  clock: Clock,
): FetchThread {
  return new FetchThread(
    {
      entry: new URL('../../workers/fetch.ts', import.meta.url),
      // One more than the attempts: reads from disk, one at a time, must not wait for a hanging server.
      parallel: wasm.parallel + 1 + documents.parallel,
      data: moduleCache(wasm),
    },
    clock,
  );
}

export function moduleCache({ cacheDirectory, cacheMiB }: Config['wasm']): CacheOptions {
  const directory = cacheDirectory === '' ? defaultDirectory() : cacheDirectory;
  return { directory, maxBytes: cacheMiB * MiB };
}

/** Differs for each user of the machine, as the folder must belong to the user. */
function defaultDirectory(): string {
  return join(tmpdir(), `sluice-wasm-${process.getuid?.() ?? userInfo().username}`);
}
