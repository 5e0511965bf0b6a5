import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { must } from '../src/lib/assert.ts';
import { goalLines, goals } from './goals.ts';
import { medianRun } from './median-run.ts';
import type { Mode, RunFigures } from './pipeline-run.ts';
import { figure, table } from '../test/rig/load/table.ts';

/**
 * Time from an event to bytes on a client's socket, for fleets of growing size. Baselines: `full` translates everything
 * at each event, `inline` uses no threads.
 * `node bench/pipeline.ts [--mode incremental|full|inline]… [--routes N]… [--events N] [--rounds N]`
 */
const { values } = parseArgs({
  // The names of parts, which `all.ts` reads.
  allowPositionals: true,
  options: {
    mode: { type: 'string', multiple: true, default: ['incremental', 'inline', 'full'] },
    routes: { type: 'string', multiple: true, default: ['100', '1000', '10000'] },
    events: { type: 'string', default: '800' },
    rounds: { type: 'string', default: '3' },
  },
});

// Sizes take turns, there and back, so that a change of the machine's speed affects all of them.
const sizes = values.routes.map(Number);
const runs: RunFigures[] = [];
for (const mode of values.mode) {
  const rounds = mode === 'incremental' ? Number(values.rounds) : 1;
  const found = new Map(sizes.map((routes): [number, RunFigures[]] => [routes, []]));
  for (let round = 0; round < rounds; round++) {
    for (const routes of round % 2 === 0 ? sizes : sizes.toReversed()) {
      // A full translation of a large fleet takes seconds: a few events say enough.
      const events = mode === 'full' ? Math.max(8, Math.round(2000 / routes)) : Number(values.events);
      process.stderr.write(`bench: ${mode}, ${routes} routes, round ${round + 1} of ${rounds}\n`);
      found.get(routes)?.push(await runAlone(mode as Mode, routes, events));
    }
  }
  for (const all of found.values()) runs.push(medianRun(all));
}

const rows = runs.map(columnsOf);
const head = must(rows[0], 'at least one run').map(([title]) => title);
process.stdout.write(
  `${table(
    head,
    rows.map((columns) => columns.map(([, column]) => column)),
  )}\n\n`,
);
process.stdout.write(goalLines(goals(runs)));
const results = join(import.meta.dirname, 'results');
mkdirSync(results, { recursive: true });
const file = join(results, 'pipeline.json');
writeFileSync(file, `${JSON.stringify(runs, undefined, 2)}\n`);
process.stdout.write(`\nAll figures: bench/results/pipeline.json\n`);

function columnsOf(run: RunFigures): [string, string][] {
  return [
    ['mode', run.mode],
    ['routes', String(run.routes)],
    ['first ms', figure(run.firstMs)],
    ['blocked ms', figure(run.blockedMs)],
    ['heap MiB', figure(run.heapMiB)],
    ['RSS MiB', figure(run.rssMiB)],
    ['endpoint p50', figure(run.endpoint.latency.p50)],
    ['p99', figure(run.endpoint.latency.p99)],
    ['CPU ms', figure(run.endpoint.cpuMs)],
    ['bytes', figure(run.endpoint.bytesPerEvent)],
    ['route p50', figure(run.route.latency.p50)],
    ['p99', figure(run.route.latency.p99)],
    ['CPU ms', figure(run.route.cpuMs)],
    ['bytes', figure(run.route.bytesPerEvent)],
    ['500/s p99', figure(run.burst?.latency.p99)],
  ];
}

/** A process of its own: no run finds another's heap or compiled code. */
async function runAlone(mode: Mode, routes: number, events: number): Promise<RunFigures> {
  const program = join(import.meta.dirname, 'pipeline-run.ts');
  const args = ['--expose-gc', program, mode, String(routes), String(events)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 24 });
  return JSON.parse(must(stdout.trim().split('\n').at(-1), 'figures')) as RunFigures;
}
