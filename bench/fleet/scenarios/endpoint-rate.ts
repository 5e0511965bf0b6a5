import { quantiles } from '../../../test/rig/load/quantiles.ts';
import { editEndpoint } from '../edits.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { changesAtRate } from '../tap/at-rate.ts';

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
