import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { configSchema } from '../src/config/config.ts';
import { resourceKey } from '../src/lib/key.ts';
import { systemClock } from '../src/lib/clock.ts';
import { createLog } from '../src/observe/log.ts';
import { createMetrics } from '../src/observe/metrics.ts';
import { ControlPlane } from '../src/run/control-plane.ts';
import { put } from '../test/rig/load/fleet.ts';
import { quantiles } from '../test/rig/load/quantiles.ts';
import { figure, table } from '../test/rig/load/table.ts';
import * as m from '../test/rig/objects/manifests.ts';

/**
 * Load and events of one Gateway with many ListenerSets, and as many routes at each: time, CPU of all threads, memory.
 * `npm run bench -- listener-sets --sets=2500 --routes=16 --events=50`
 */
const options = parseArgs({
  strict: false,
  options: {
    sets: { type: 'string', default: '2500' },
    routes: { type: 'string', default: '16' },
    events: { type: 'string', default: '50' },
  },
}).values;
const most = Number(options.sets);
const routesOfSet = Number(options.routes);
const eventCount = Number(options.events);

function set(i: number, revision = 0): object {
  const more = m.httpListener({ name: 'more', hostname: `more-${revision}.test` });
  const own = m.httpListener({ hostname: `set-${i}.test` });
  return m.listenerSet(i === 0 ? [own, more] : [own], { name: `set-${i}` });
}

function route(i: number, of: number, revision = 0): object {
  return m.httpRoute([{ matches: [m.prefix(`/r${of}/${revision}`)], backendRefs: [m.backend()] }], {
    name: `route-${i}-${of}`,
    parentRefs: [{ kind: 'ListenerSet', name: `set-${i}` }],
  });
}

function passing(): object {
  return m.listenerSet([m.httpListener({ hostname: 'passing.test' })], { name: 'passing' });
}

interface Figures {
  readonly loadMs: number;
  readonly loadCpuMs: number;
  readonly rssMb: number;
  readonly events: Readonly<Record<string, { readonly ms: number; readonly cpuMs: number }>>;
}

async function run(sets: number): Promise<Figures> {
  const metrics = createMetrics();
  const config = configSchema.parse({
    provider: { type: 'file', file: { directory: '/' } },
    xds: { port: 0 },
  });
  const log = createLog({ level: 'warn', format: 'text' });
  const plane = new ControlPlane(config, { log, metrics, clock: systemClock }, 'bench');
  const { controller } = plane;
  const startedAt = performance.now();
  const before = process.cpuUsage();
  const allowedListeners = { namespaces: { from: 'Same' } };
  controller.apply([
    put(m.gatewayClass()),
    put(m.gateway([m.httpListener({ hostname: 'own.test' })], { allowedListeners })),
    put(m.service()),
    put(m.endpointSlice(['10.0.0.1'])),
  ]);
  for (let i = 0; i < sets; i++)
    controller.apply([put(set(i)), ...Array.from({ length: routesOfSet }, (_, of) => put(route(i, of)))]);
  controller.sourcesComplete();
  await controller.ready;
  const loadMs = performance.now() - startedAt;
  const loadCpuMs = cpuMsSince(before);
  const rssMb = process.memoryUsage().rss / 2 ** 20;
  const events: Record<string, { ms: number; cpuMs: number }> = {};
  for (const [name, happens] of Object.entries({
    'route edit': (revision: number) => controller.apply([put(route(0, 0, revision))]),
    'ListenerSet edit': (revision: number) => controller.apply([put(set(0, revision))]),
    'ListenerSet comes or goes': (revision: number) =>
      controller.apply([
        revision % 2 === 1
          ? put(passing())
          : { kind: 'delete', key: resourceKey('ListenerSet', 'default', 'passing') },
      ]),
  })) {
    const times: number[] = [];
    const cpuBefore = process.cpuUsage();
    for (let revision = 1; revision <= eventCount; revision++) {
      const at = performance.now();
      happens(revision);
      do await sleep(1);
      while (!controller.isIdle);
      times.push(performance.now() - at);
    }
    events[name] = { ms: quantiles(times).p50, cpuMs: cpuMsSince(cpuBefore) / eventCount };
  }
  await plane.close();
  metrics.close();
  return { loadMs, loadCpuMs, rssMb, events };
}

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const rows: string[][] = [];
for (const sets of new Set([Math.max(1, Math.round(most / 10)), most])) {
  const { loadMs, loadCpuMs, rssMb, events } = await run(sets);
  const name = `${sets} ListenerSets, ${sets * routesOfSet} routes`;
  rows.push([`${name}: load`, figure(loadMs), figure(loadCpuMs), `${figure(rssMb)} MiB`]);
  for (const [event, { ms, cpuMs }] of Object.entries(events))
    rows.push([`${name}: ${event}`, figure(ms), figure(cpuMs), '']);
}
process.stdout.write(`${table(['', 'ms', 'CPU ms', 'memory'], rows)}\n`);
