import { setTimeout as sleep } from 'node:timers/promises';
import { latencyOf, type Edit } from '../edits.ts';
import type { Arrivals } from './arrivals.ts';

interface RateResult {
  readonly latencies: readonly number[];
  readonly never: number;
  readonly waiting: number;
  /** Time that the changes took. */
  readonly seconds: number;
}

/** Changes at a fixed rate, whether or not the earlier ones have arrived. */
export async function changesAtRate(
  edit: () => Promise<Edit>,
  arrivals: Arrivals,
  {
    rate,
    seconds,
    progress,
  }: { readonly rate: number; readonly seconds: number; readonly progress: (line: string) => void },
): Promise<RateResult> {
  const latencies: number[] = [];
  /** Answered by the API server, and not on the wire. */
  const underWay = new Set<Edit>();
  const requests = new Set<Promise<void>>();
  let waiting = 0;
  const startedAt = performance.now();
  const follow = async (one: Edit): Promise<void> => {
    underWay.add(one);
    try {
      latencies.push(await latencyOf(one));
      underWay.delete(one);
    } catch {
      // It is counted as one that has not come.
    }
  };
  const change = async (): Promise<void> => {
    void follow(await edit());
  };
  let second = 1;
  for (let n = 0; n < rate * seconds;) {
    const due = Math.floor(((performance.now() - startedAt) * rate) / 1000);
    for (; n < Math.min(due, rate * seconds); n++) {
      const request = change();
      requests.add(request);
      void request.then(() => requests.delete(request));
    }
    if (performance.now() - startedAt >= second * 1000 + graceMs) {
      const end = startedAt + second * 1000;
      waiting = Math.max(waiting, [...underWay].filter(({ answeredAt }) => answeredAt < end).length);
      progress(`${second} of ${seconds} s at ${rate} a second: ${latencies.length} arrived`);
      second++;
    }
    await sleep(2);
  }
  await Promise.all(requests);
  const took = (performance.now() - startedAt) / 1000;
  const end = performance.now() + drainMs;
  while (underWay.size > 0 && performance.now() < end) await sleep(20);
  const never = underWay.size;
  arrivals.forget();
  return { latencies, never, waiting, seconds: took };
}

/** A change that was answered just before the end of a second is on its way. */
const graceMs = 50;
const drainMs = 15_000;
