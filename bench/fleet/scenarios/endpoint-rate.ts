import { setTimeout as sleep } from 'node:timers/promises';
import { quantiles } from '../../../test/rig/load/quantiles.ts';
import { editEndpoint, latencyOf, type Edit } from '../edits.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import type { Arrivals } from '../tap/arrivals.ts';

/** Endpoint changes at a fixed rate, whether or not the earlier ones have arrived. */
export const endpointRates: readonly Scenario[] = [10, 100, 500].map((rate) => ({
  name: `endpoint-${rate}`,
  question: `${rate} endpoint changes a second`,
  figures: {
    p50: { title: 'API server’s answer to the wire, p50', unit: 'ms' },
    p99: { title: 'the same, p99', unit: 'ms' },
    cpu: { title: 'CPU for each change, all threads', unit: 'ms' },
    waiting: { title: 'most changes that wait 50 ms after the end of a second', unit: 'count' },
    never: { title: 'changes that have not come 15 s after the last', unit: 'count' },
    reached: { title: 'changes a second that the API server took', unit: 'count' },
  },
  goals:
    rate === 500
      ? [
          { title: '500 endpoint changes a second: p99', of: { kind: 'most', figure: 'p99', value: 20 } },
          {
            title: 'changes that wait at the end of any such second',
            of: { kind: 'most', figure: 'waiting', value: 0 },
          },
        ]
      : [],
  objects: 'each',
  process: 'shared',
  run: (stage) => atRate(stage, rate),
}));

async function atRate(stage: Stage, rate: number): Promise<void> {
  const { controlPlane, options } = stage;
  const { tap, arrivals } = await controlPlane.watched();
  const cpu = controlPlane.cpuMs;
  const { latencies, never, waiting, seconds } = await changesAtRate(
    () => editEndpoint(stage, arrivals),
    arrivals,
    { rate, seconds: options.seconds, progress: (line) => stage.progress(line) },
  );
  const changes = latencies.length + never;
  stage.report('cpu', (controlPlane.cpuMs - cpu) / changes);
  const { p50, p99 } = quantiles(latencies);
  stage.report('p50', p50);
  stage.report('p99', p99);
  stage.report('waiting', waiting);
  stage.report('never', never);
  stage.report('reached', changes / seconds);
  stage.reportSeries('latencies', latencies);
  tap.close();
}

interface RateResult {
  readonly latencies: readonly number[];
  readonly never: number;
  readonly waiting: number;
  /** Time that the changes took. */
  readonly seconds: number;
}

async function changesAtRate(
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
