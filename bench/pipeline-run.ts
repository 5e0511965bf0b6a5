import { fork, type ChildProcess } from 'node:child_process';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';
import { configSchema } from '../src/config/config.ts';
import { ControlPlane } from '../src/run/control-plane.ts';
import { systemClock } from '../src/lib/clock.ts';
import { createLog } from '../src/observe/log.ts';
import { createMetrics } from '../src/observe/metrics.ts';
import type { RowChange } from '../src/kinds/row.ts';
import { endpointsOf, fleet, gateway, route as routeChange, slice } from '../test/rig/load/fleet.ts';
import { quantiles, type Quantiles } from '../test/rig/load/quantiles.ts';

/** `full` translates everything at each event, `inline` translates without worker threads: the baselines. */
export type Mode = 'incremental' | 'full' | 'inline';

/** Times in milliseconds. */
export interface EventFigures {
  readonly events: number;
  readonly latency: Quantiles;
  /** CPU of all threads for one event. */
  readonly cpuMs: number;
  readonly bytesPerEvent: number;
  /** The most names that waited at the end of any second. */
  readonly queued: number;
}

export interface RunFigures {
  readonly mode: Mode;
  readonly routes: number;
  readonly firstMs: number;
  /** V8's heaps of all threads, in MiB, after the first translation. */
  readonly heapMiB: number;
  readonly rssMiB: number;
  /** The longest time that the main thread was blocked during the first translation. */
  readonly blockedMs: number;
  readonly endpoint: EventFigures;
  readonly route: EventFigures;
  /** Endpoint events at 500 a second. */
  readonly burst: EventFigures | undefined;
}

/** A control plane in this process, a delta client in a process of its own. */
async function run(mode: Mode, routes: number, events: number): Promise<RunFigures> {
  const metrics = createMetrics();
  const config = configSchema.parse({
    provider: { type: 'file', file: { directory: '/' } },
    translate: { mode: mode === 'inline' ? 'inline' : 'threads' },
    xds: { port: 0 },
  });
  const surroundings = { log: createLog({ level: 'warn', format: 'text' }), metrics, clock: systemClock };
  const plane = new ControlPlane(config, surroundings, 'bench');
  const port = await plane.listen();
  const first = await firstTranslation(plane, routes);
  const client = await connect(port);
  const bench = { plane, client, mode, routes };
  // Not counted: V8 has not compiled the code yet, and a control plane runs for weeks.
  const warmUp = mode === 'full' ? 2 : 4000;
  await measure(bench, endpointEvent, { events: warmUp, everyMs: 1 });
  const endpoint = await measure(bench, endpointEvent, { events, everyMs: 10 });
  const route = await measure(bench, routeEvent, { events: Math.ceil(events / 4), everyMs: 25 });
  const burst =
    mode === 'incremental' ? await measure(bench, endpointEvent, { events: 2500, everyMs: 2 }) : undefined;
  client.send('stop');
  await plane.close();
  metrics.close();
  return { mode, routes, ...first, endpoint, route, burst };
}

interface Bench {
  readonly plane: ControlPlane;
  readonly client: ChildProcess;
  readonly mode: Mode;
  readonly routes: number;
}

/** Event `i`, and the name of the resource by which the client notices it. */
type EventOf = (i: number, routes: number) => { readonly change: () => RowChange; readonly resource: string };

const endpointsPerService = 10;

const endpointEvent: EventOf = (i, routes) => ({
  change: () => slice((i * 7919) % routes, endpointsPerService, nextRevision()),
  resource: endpointsOf((i * 7919) % routes),
});

const routeEvent: EventOf = (i, routes) => ({
  change: () => routeChange((i * 7919) % routes, nextRevision()),
  resource: `${gateway}/8080:*/host-${(i * 7919) % routes}.example.com`,
});

let revision = 0;
function nextRevision(): number {
  return ++revision;
}

async function firstTranslation(plane: ControlPlane, routes: number) {
  const changes = [...fleet(routes, endpointsPerService)];
  const loop = monitorEventLoopDelay({ resolution: 1 });
  const startedAt = performance.now();
  loop.enable();
  // In pieces, as sources do, so that reading does not block.
  for (let i = 0; i < changes.length; i += 500) {
    plane.controller.apply(changes.slice(i, i + 500));
    await immediate();
  }
  plane.controller.sourcesComplete();
  await plane.controller.ready;
  loop.disable();
  const firstMs = performance.now() - startedAt;
  changes.length = 0;
  globalThis.gc?.();
  return {
    firstMs,
    heapMiB: (await plane.heapBytes()) / MiB,
    rssMiB: process.memoryUsage.rss() / MiB,
    blockedMs: loop.max / 1e6,
  };
}

const MiB = 1024 * 1024;

async function connect(port: number): Promise<ChildProcess> {
  const path = new URL('ads-client.ts', import.meta.url);
  const client = fork(path, [String(port), gateway], { stdio: 'inherit' });
  await messageOf(client, 'ready');
  return client;
}

async function measure(
  bench: Bench,
  eventOf: EventOf,
  pace: { readonly events: number; readonly everyMs: number },
): Promise<EventFigures> {
  const { plane, client, mode, routes } = bench;
  await arrivalsOf(client);
  const sent: { readonly at: bigint; readonly resource: string }[] = [];
  let queued = 0;
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  for (let i = 0; i < pace.events; i++) {
    const wait = startedAt + i * pace.everyMs - performance.now();
    if (mode === 'full') {
      await settled(plane);
      // The client must receive the event before, which would otherwise be taken for this one.
      await sleep(20);
    } else if (wait > 0) await sleep(wait);
    const { change, resource } = eventOf(i, routes);
    sent.push({ at: process.hrtime.bigint(), resource });
    plane.controller.apply(mode === 'full' ? [...everything(i, routes), change()] : [change()]);
    if ((i + 1) % Math.round(1000 / pace.everyMs) === 0) queued = Math.max(queued, await queuedSoon(plane));
  }
  await settled(plane);
  await sleep(50);
  const { user, system } = process.cpuUsage(cpuBefore);
  const arrivals = await arrivalsOf(client);
  const latency = quantiles(latencies(sent, arrivals));
  const bytes = new Map(arrivals.map((arrival) => [arrival.at, arrival.bytes]));
  const bytesPerEvent = [...bytes.values()].reduce((sum, size) => sum + size, 0) / pace.events;
  return { events: pace.events, latency, cpuMs: (user + system) / 1000 / pace.events, bytesPerEvent, queued };
}

/** Service rows with other bytes and the same meaning: every route reads them, so all are translated again. */
function everything(i: number, routes: number): readonly RowChange[] {
  const variant = i % 2;
  variants[variant] ??= [...fleet(routes, endpointsPerService)].flatMap((change): RowChange[] => {
    if (change.kind !== 'put' || !change.row.key.startsWith('Service/')) return [];
    const bytes = Buffer.concat([change.row.bytes, Buffer.from(' '.repeat(variant))]);
    return [{ kind: 'put', row: { ...change.row, bytes } }];
  });
  return variants[variant];
}
const variants: (readonly RowChange[] | undefined)[] = [];

async function settled(plane: ControlPlane): Promise<void> {
  while (plane.controller.backlog > 0) await sleep(1);
}

async function queuedSoon(plane: ControlPlane): Promise<number> {
  await sleep(2);
  return plane.controller.backlog;
}

interface Arrival {
  readonly name: string;
  readonly at: string;
  readonly bytes: number;
}

async function arrivalsOf(client: ChildProcess): Promise<readonly Arrival[]> {
  client.send('report');
  return (await messageOf(client, 'arrivals')).arrivals;
}

function latencies(
  sent: readonly { readonly at: bigint; readonly resource: string }[],
  arrivals: readonly Arrival[],
): number[] {
  const byName = new Map<string, bigint[]>();
  for (const { name, at } of arrivals) {
    const times = byName.get(name);
    if (times === undefined) byName.set(name, [BigInt(at)]);
    else times.push(BigInt(at));
  }
  return sent.map(({ at, resource }) => {
    const arrival = byName.get(resource)?.find((time) => time >= at);
    if (arrival === undefined) throw new Error(`a change of ${resource} never arrived`);
    return Number(arrival - at) / 1e6;
  });
}

function messageOf(client: ChildProcess, kind: string): Promise<{ arrivals: Arrival[] }> {
  return new Promise((resolve, reject) => {
    client.on('message', function listen(message: { kind: string; arrivals: Arrival[]; message?: string }) {
      if (message.kind === 'error') reject(new Error(message.message));
      if (message.kind !== kind) return;
      client.off('message', listen);
      resolve(message);
    });
  });
}

const [mode, routes, events] = process.argv.slice(2);
const figures = await run(mode as Mode, Number(routes), Number(events));
process.stdout.write(`${JSON.stringify(figures)}\n`);
