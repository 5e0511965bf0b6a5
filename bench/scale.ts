import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { must } from '../src/lib/assert.ts';
import { goalLines } from './goals.ts';
import { quantiles } from '../test/rig/load/quantiles.ts';
import { scaleCases, type ScaleFigures } from './scale-cases.ts';
import { figure, table } from '../test/rig/load/table.ts';

/**
 * CPU time of an event where there is much of a thing that it does not concern, and where there is little. `test/scale`
 * counts steps of the same.
 * `node bench/scale.ts [--case WORDS] [--rounds N]`: the cases whose name has the words.
 */
const { values } = parseArgs({
  // The names of parts, which `all.ts` reads.
  allowPositionals: true,
  options: { case: { type: 'string', default: '' }, rounds: { type: 'string', default: '2' } },
});

type Size = 'small' | 'large';
const wanted = scaleCases
  .map((of, number) => ({ of, number }))
  .filter(({ of }) => of.name.includes(values.case));
const results = [];
for (const { of, number } of wanted) {
  const runs: Record<Size, ScaleFigures[]> = { small: [], large: [] };
  for (let round = 0; round < Number(values.rounds); round++) {
    process.stderr.write(`bench: ${of.name}, round ${round + 1} of ${values.rounds}\n`);
    // There and back, so that a machine that gets slower affects both.
    for (const size of ['small', 'large', 'large', 'small'] as const)
      runs[size].push(await runAlone(number, size));
  }
  results.push({ of, small: medianOf(runs.small), large: medianOf(runs.large) });
}
const rows = results.map(({ of, small, large }) => [
  of.name,
  figure(small.cpuMs),
  figure(large.cpuMs),
  figure(large.cpuMs / small.cpuMs),
  figure(small.units),
  figure(large.units),
]);
const head = ['little of it → much of it', 'CPU ms', '→', 'ratio', 'units', '→'];
process.stdout.write(`${table(head, rows)}\n\n`);
process.stdout.write(goalLines(results.map(({ of, small, large }) => of.goal(small, large))));
const folder = join(import.meta.dirname, 'results');
mkdirSync(folder, { recursive: true });
const figures = results.map(({ of, small, large }) => ({ name: of.name, small, large }));
writeFileSync(join(folder, 'scale.json'), `${JSON.stringify(figures, undefined, 2)}\n`);
process.stdout.write(`\nAll figures: bench/results/scale.json\n`);

/** A process of its own: no run finds another's heap or compiled code. */
async function runAlone(number: number, size: Size): Promise<ScaleFigures> {
  const program = join(import.meta.dirname, 'scale-run.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [program, String(number), size], {
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  return JSON.parse(must(stdout.trim().split('\n').at(-1), 'figures')) as ScaleFigures;
}

function medianOf(runs: readonly ScaleFigures[]): ScaleFigures {
  const median = (of: (run: ScaleFigures) => number): number => quantiles(runs.map(of)).p50;
  return { cpuMs: median((run) => run.cpuMs), units: median((run) => run.units) };
}
