import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { unreachable } from './fetch-failure.ts';

/** All addresses of a host, which may be one itself. Rejects with a FetchFailure. */
export type NameLookup = (host: string) => Promise<readonly string[]>;

/**
 * Names that are looked up at a time. The system's resolver blocks a thread of a pool that the whole process shares, for
 * as long as name servers keep silent, and reading files needs that pool too: it must never be full of lookups.
 */
const parallel = 2;

/** An attempt that gives up leaves its lookup behind, so that silent name servers could make the line long. */
const maxWaiting = 64;

/** Asks the system, hosts file and search list included. `resolve` is for tests. */
export function limitedLookup(resolve: NameLookup = systemLookup): NameLookup {
  let free = parallel;
  const waiting: (() => void)[] = [];
  return async (host) => {
    if (isIP(host) !== 0) return [host];
    if (free > 0) free--;
    else if (waiting.length >= maxWaiting)
      throw unreachable('network', `${host} cannot be resolved (too many wait)`);
    else await new Promise<void>((go) => waiting.push(go));
    try {
      return await resolve(host);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
      throw unreachable('network', `${host} cannot be resolved (${code})`);
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}

async function systemLookup(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}
