import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { unreachable } from './fetch-failure.ts';

/** All addresses of a host, which may be one itself. */
export type NameLookup = (host: string) => Promise<readonly string[]>;

/**
 * Names that are looked up at a time. The system's resolver blocks a thread of a pool that the whole process shares, for
 * as long as name servers keep silent, and reading files needs that pool too: it must never be full of lookups.
 */
const parallel = 2;

let running = 0;
const waiting: (() => void)[] = [];

/** Asks the system, hosts file and search list included. One that was given up still has its place until it ends. */
export const systemLookup: NameLookup = async (host) => {
  if (isIP(host) !== 0) return [host];
  if (running >= parallel) await new Promise<void>((resolve) => waiting.push(resolve));
  running++;
  try {
    const found = await lookup(host, { all: true });
    return found.map(({ address }) => address);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
    throw unreachable('network', `${host} cannot be resolved (${code})`);
  } finally {
    running--;
    waiting.shift()?.();
  }
};
