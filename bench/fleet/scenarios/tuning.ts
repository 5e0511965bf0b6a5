import { setTimeout as sleep } from 'node:timers/promises';
import { converge } from '../../../test/rig/envoy/converge.ts';
import { quantiles } from '../../../test/rig/load/quantiles.ts';
import type { Settings } from '../../peers/sluice.ts';
import type { ControlPlane } from '../control-plane.ts';
import { editEndpoint, editRoute } from '../edits.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { changesAtRate } from '../tap/at-rate.ts';

/** A knob of the config file, values for it, and the measurement that shows its effect. */
interface Sweep {
  readonly knob: string;
  readonly values: readonly number[];
  readonly settings: (value: number) => Settings;
  readonly measure: 'endpoints' | 'routes' | 'start';
}

const windowOf = (section: string) => (windowMs: number) => ({
  [section]: { windowMs, maxWindowMs: Math.max(windowMs * 10, 1) },
});

const sweeps: readonly Sweep[] = [
  {
    knob: 'endpoints.windowMs',
    values: [0, 1, 5, 20, 50],
    settings: windowOf('endpoints'),
    measure: 'endpoints',
  },
  { knob: 'config.windowMs', values: [0, 5, 20, 50], settings: windowOf('config'), measure: 'routes' },
  {
    knob: 'translate.nearbyEndpointBytes',
    values: [0, 16_384],
    settings: (nearbyEndpointBytes) => ({ translate: { nearbyEndpointBytes } }),
    measure: 'endpoints',
  },
  {
    knob: 'config.workers',
    values: [1, 2, 4],
    settings: (workers) => ({ config: { workers } }),
    measure: 'start',
  },
  {
    knob: 'endpoints.workers',
    values: [1, 2, 4],
    settings: (workers) => ({ endpoints: { workers } }),
    measure: 'start',
  },
  {
    knob: 'config.batchSize',
    values: [16, 128, 1024],
    settings: (batchSize) => ({ config: { batchSize } }),
    measure: 'start',
  },
  {
    knob: 'xds.maxResourcesPerResponse',
    values: [100, 1000, 10_000],
    settings: (maxResourcesPerResponse) => ({ xds: { maxResourcesPerResponse } }),
    measure: 'start',
  },
];

export const tuning: Scenario = {
  name: 'tuning',
  question: 'what do the knobs of the config file do to latency, CPU, the size of a message and memory?',
  figures: {},
  goals: [],
  objects: 'each',
  process: 'own',
  isOwn: true,
  isSweep: true,
  async run(stage) {
    for (const { knob, values, settings, measure } of stage.options.plan === 'smoke' ? smoke : sweeps) {
      const results: Record<string, number>[] = [];
      for (const value of values) {
        stage.progress(`${knob}: ${value}`);
        results.push(await measures[measure](stage, settings(value)));
      }
      stage.reportSeries(`${knob}|value`, values);
      for (const figure of Object.keys(results[0] ?? {}))
        stage.reportSeries(
          `${knob}|${figure}`,
          results.map((of) => of[figure] ?? Number.NaN),
        );
    }
  },
};

/** A start for each sort of measurement. */
const smoke: readonly Sweep[] = (['endpoints', 'routes', 'start'] as const).flatMap((measure) =>
  sweeps
    .filter((sweep) => sweep.measure === measure)
    .slice(0, 1)
    .map((sweep) => ({ ...sweep, values: sweep.values.slice(0, 1) })),
);

type Measure = (stage: Stage, settings: Settings) => Promise<Record<string, number>>;

const measures: Readonly<Record<Sweep['measure'], Measure>> = {
  endpoints: (stage, settings) => changes(stage, settings, 'endpoint', 200),
  routes: (stage, settings) => changes(stage, settings, 'route', 50),
  start,
};

async function changes(
  stage: Stage,
  settings: Settings,
  kind: 'endpoint' | 'route',
  rate: number,
): Promise<Record<string, number>> {
  return await withSluice(stage, settings, async (controlPlane) => {
    const { tap, arrivals } = await controlPlane.watched();
    const edit = kind === 'endpoint' ? editEndpoint : editRoute;
    const [cpu, messages] = [controlPlane.cpuMs, tap.messages];
    const { seconds } = stage.options;
    const result = await changesAtRate(() => edit(stage, arrivals), arrivals, {
      rate,
      seconds,
      progress: () => {},
    });
    const { latencies, never } = result;
    const { p50, p99 } = quantiles(latencies);
    return {
      'p50, ms': p50,
      'p99, ms': p99,
      'CPU for each change, ms': (controlPlane.cpuMs - cpu) / (latencies.length + never),
      'changes in a message': latencies.length / Math.max(1, tap.messages - messages),
    };
  });
}

async function start(stage: Stage, settings: Settings): Promise<Record<string, number>> {
  const startedAt = performance.now();
  return await withSluice(stage, settings, async (controlPlane) => {
    const tap = await controlPlane.tap();
    await converge(() => tap.isComplete, completeMs);
    const seconds = (performance.now() - startedAt) / 1000;
    await controlPlane.settled(tap);
    return {
      'start until the tap has everything, s': seconds,
      'CPU until nothing is left to do, s': controlPlane.cpuMs / 1000,
      'resident memory, MiB': controlPlane.memory.residentMiB,
      messages: tap.messages,
    };
  });
}

async function withSluice<T>(
  stage: Stage,
  settings: Settings,
  measure: (controlPlane: ControlPlane) => Promise<T>,
): Promise<T> {
  const controlPlane = await stage.start(settings);
  try {
    return await measure(controlPlane);
  } finally {
    await controlPlane.stop();
    await sleep(pauseMs);
  }
}

const completeMs = 300_000;
/** The next one shall not meet the lease and the sockets of the last. */
const pauseMs = 500;
