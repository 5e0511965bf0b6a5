import { fork, type ChildProcess } from 'node:child_process';
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';
import { configSchema } from '../src/config/config.ts';
import { must } from '../src/lib/assert.ts';
import { systemClock } from '../src/lib/clock.ts';
import { createLog } from '../src/observe/log.ts';
import { createMetrics, type Metrics } from '../src/observe/metrics.ts';
import { ControlPlane } from '../src/run/control-plane.ts';
import {
  guarded,
  listenerSet,
  slice,
  subject,
  sizedObjects,
  treated,
  treatment,
} from '../test/rig/objects/sized-objects.ts';
import { put } from '../test/rig/load/fleet.ts';
import { quantiles } from '../test/rig/load/quantiles.ts';
import { nothing, scaleCases, type ScaleEvent, type ScaleFigures } from './scale-cases.ts';

type Sizes = Parameters<typeof sizedObjects>[0];

async function run(of: ScaleEvent, sizes: Sizes): Promise<ScaleFigures> {
  const metrics = createMetrics();
  const config = configSchema.parse({
    provider: { type: 'file', file: { directory: '/' } },
    translate: { lua: true },
    xds: { port: 0 },
  });
  const surroundings = { log: createLog({ level: 'warn', format: 'text' }), metrics, clock: systemClock };
  const plane = new ControlPlane(config, surroundings, 'bench');
  const port = await plane.listen();
  const start = await started(plane, metrics, sizes);
  const found = of === 'start' ? start : await measured(plane, metrics, of, port);
  await plane.close();
  metrics.close();
  return found;
}

async function started(plane: ControlPlane, metrics: Metrics, sizes: Sizes): Promise<ScaleFigures> {
  const changes = sizedObjects(sizes).map(put);
  const before = process.cpuUsage();
  for (let i = 0; i < changes.length; i += 500) {
    plane.controller.apply(changes.slice(i, i + 500));
    await immediate();
  }
  plane.controller.sourcesComplete();
  await plane.controller.ready;
  return { cpuMs: cpuMsSince(before), units: await unitsTranslated(metrics) };
}

/** Stretches of events, and their median, since a stretch may have another program's work in its caches. */
async function measured(
  plane: ControlPlane,
  metrics: Metrics,
  of: Exclude<ScaleEvent, 'start'>,
  port: number,
): Promise<ScaleFigures> {
  const client = await connect(port);
  const events = new Events(plane, of);
  // Not counted: code that V8 has not compiled for good, and the garbage of the start.
  await events.happen(warmUp);
  const unitsBefore = await unitsTranslated(metrics);
  const stretches: number[] = [];
  for (let i = 0; i < stretchCount; i++) {
    const before = process.cpuUsage();
    await events.happen(eventsPerStretch);
    stretches.push(cpuMsSince(before) / eventsPerStretch);
  }
  const units = ((await unitsTranslated(metrics)) - unitsBefore) / (stretchCount * eventsPerStretch);
  client.send('stop');
  return { cpuMs: quantiles(stretches).p50, units };
}

const warmUp = 2000;
const stretchCount = 31;
const eventsPerStretch = 20;
const everyMs = 4;

class Events {
  readonly #plane: ControlPlane;
  readonly #of: Exclude<ScaleEvent, 'start'>;
  #revision = 0;

  constructor(plane: ControlPlane, of: Exclude<ScaleEvent, 'start'>) {
    this.#plane = plane;
    this.#of = of;
  }

  /** Starts each event when the one before is in force. */
  async happen(count: number): Promise<void> {
    const { controller } = this.#plane;
    for (let i = 0; i < count; i++) {
      controller.apply([put(this.#manifest())]);
      await sleep(everyMs);
      while (controller.backlog > 0) await sleep(1);
    }
  }

  #manifest(): object {
    const revision = ++this.#revision;
    switch (this.#of) {
      case 'endpoint':
        return slice('app', revision);
      case 'route':
        return subject(revision);
      case 'guarded route':
        return guarded(revision);
      case 'treated route':
        return treated(revision);
      case 'traffic policy':
        return treatment('treat', 'treated', revision);
      case 'ListenerSet':
        return listenerSet(revision);
    }
  }
}

async function connect(port: number): Promise<ChildProcess> {
  const path = new URL('ads-client.ts', import.meta.url);
  const client = fork(path, [String(port), gateway], { stdio: 'inherit' });
  await new Promise<void>((resolve, reject) => {
    client.on('message', (message: { readonly kind: string; readonly message?: string }) => {
      if (message.kind === 'ready') resolve();
      if (message.kind === 'error') reject(new Error(message.message));
    });
  });
  return client;
}

const gateway = 'default/web';

async function unitsTranslated(metrics: Metrics): Promise<number> {
  const { values } = await metrics.waveUnits.get();
  const sums = values.filter(({ metricName }) => metricName?.endsWith('_sum'));
  return sums.reduce((sum, { value }) => sum + value, 0);
}

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/**
 * A size of a case, in a process of its own, with a delta client in another: prints the figures as JSON.
 *
 * Arguments: the case's number, `small` or `large`.
 */
const [number, size] = process.argv.slice(2);
const { event, small, large } = must(scaleCases[Number(number)], 'case');
const figures = await run(event, { ...nothing, ...(size === 'small' ? small : large) });
process.stdout.write(`${JSON.stringify(figures)}\n`);
