import type { Ask } from '../explain/asked.ts';
import { failureText } from '../lib/failure.ts';
import { listWith } from './ask.ts';
import type { Place } from './place.ts';
import { findReplicas, type Replica } from './replicas.ts';
import type { Terminal } from './terminal.ts';

/** A line for the user: nothing can be asked. */
export class AskFault extends Error {}

/**
 * Asks the replicas of a place. All have the same in force, so that the first that answers is enough, but for the proxies,
 * which each knows alone: those of all are listed, and a replica that does not answer is named. Rejects with an
 * {@link AskFault}.
 */
export async function askReplicas(
  command: string,
  place: Place,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Ask> {
  const found = await findReplicas(place, signal);
  if (found.kind === 'error') throw new AskFault(found.line);
  const silent = new Set<Replica>();
  const get = async (replica: Replica, path: string): Promise<readonly unknown[] | undefined> => {
    if (silent.has(replica)) return undefined;
    try {
      const items = listWith()(await replica.get(path, signal));
      if (items !== undefined) return items;
      throw new Error(`${replica.name} answers, but not as this Sluice does`);
    } catch (error) {
      silent.add(replica);
      if (silent.size === found.replicas.length) throw new AskFault(failureText(error), { cause: error });
      terminal.err(`sluice: ${command}: ${failureText(error)}`);
      return undefined;
    }
  };
  return async (page, query) => {
    const text = new URLSearchParams(query.map(([name, value]) => [name, value])).toString();
    const path = `/debug/in-force/${page}?${text}`;
    const all: unknown[] = [];
    for (const replica of found.replicas) {
      const items = await get(replica, path);
      if (items !== undefined && page !== 'proxies') return items;
      all.push(...(items ?? []));
    }
    return all;
  };
}
