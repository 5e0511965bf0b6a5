import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { FairQueue } from '../lib/fair-queue.ts';
import { unreachable } from './fetch-failure.ts';

/** Resolves a host, which may be an address, to all its addresses. Rejects with a FetchFailure. */
export type NameLookup = (host: string) => Promise<readonly string[]>;

export type FairNameLookup = (host: string, namespace: string) => Promise<readonly string[]>;

/** Each lookup blocks a thread of the process's pool while name servers are silent; reading files needs it too. */
const parallel = 2;

/** One: the name servers of a namespace may be silent, and must not take both places. */
const parallelOfNamespace = 1;

/** Bound of a namespace's queue: an attempt that times out leaves its lookup in it. */
const maxWaiting = 32;

/** Resolves by the system, with hosts file and search list. Namespaces take turns. `resolve` is for tests. */
export function limitedLookup(resolve: NameLookup = systemLookup): FairNameLookup {
  const turns = new LookupTurns();
  return async (host, namespace) => {
    if (isIP(host) !== 0) return [host];
    const turn = turns.next(namespace);
    if (turn === undefined) throw unreachable('network', `${host} cannot be resolved (too many wait)`);
    await turn;
    try {
      return await resolve(host);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
      throw unreachable('network', `${host} cannot be resolved (${code})`);
    } finally {
      turns.ended(namespace);
    }
  };
}

class LookupTurns {
  #free = parallel;
  readonly #waiting = new FairQueue<() => void>();
  /** By namespace: running lookups, and all that have not ended. */
  readonly #running = new Map<string, number>();
  readonly #all = new Map<string, number>();

  /** Resolves when the namespace's next lookup may start; undefined when too many wait. */
  next(namespace: string): Promise<void> | undefined {
    if ((this.#all.get(namespace) ?? 0) >= maxWaiting + parallelOfNamespace) return undefined;
    count(this.#all, namespace, 1);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(namespace, () => {
      this.#free--;
      count(this.#running, namespace, 1);
      resolve();
    });
    this.#begin();
    return promise;
  }

  ended(namespace: string): void {
    this.#free++;
    count(this.#running, namespace, -1);
    count(this.#all, namespace, -1);
    this.#begin();
  }

  #begin(): void {
    const weight = (namespace: string): number =>
      (this.#running.get(namespace) ?? 0) >= parallelOfNamespace ? Infinity : 0;
    while (this.#free > 0) {
      const go = this.#waiting.take(weight);
      if (go === undefined) return;
      go();
    }
  }
}

function count(counts: Map<string, number>, namespace: string, step: number): void {
  const left = (counts.get(namespace) ?? 0) + step;
  if (left === 0) counts.delete(namespace);
  else counts.set(namespace, left);
}

async function systemLookup(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}
