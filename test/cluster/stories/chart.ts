import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { LiveLine } from '../../rig/load/live-line.ts';
import { startBed } from '../bed-process.ts';
import { drawn, type ChartRun } from './chart-svg.ts';
import { playRollout } from './rollout-play.ts';
import { rollout } from './rollout.ts';
import { StoryOptions } from './story.ts';

/**
 * `npm run story:chart`: plays the rollout with Envoy Gateway and with Sluice, without a plugin and with a hanging
 * registry, each on a bed of its own. Writes bench/results/rollout.json and docs/rollout.svg. Ten minutes; `--
 * --redraw` only draws.
 */
async function main(args: readonly string[]): Promise<number> {
  const [controlPlane, registry, file] = args;
  if (controlPlane !== undefined && registry !== undefined && file !== undefined) {
    await play({ controlPlane, registry }, file);
    return 0;
  }
  if (controlPlane !== undefined && controlPlane !== '--redraw') {
    process.stderr.write('story:chart: its only option is --redraw\n');
    return 2;
  }
  if (controlPlane === undefined) {
    const runs: ChartRun[] = [];
    for (const variant of variants) {
      const run = await playInBed(variant);
      if (run === undefined) return 1;
      runs.push(run);
    }
    const kept: Kept = {
      date: new Date().toISOString().slice(0, 10),
      commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
      cores: cpus().length,
      runs,
    };
    mkdirSync(dirname(results), { recursive: true });
    writeFileSync(results, `${JSON.stringify(kept, undefined, 1)}\n`);
  }
  writeFileSync(picture, drawn((JSON.parse(readFileSync(results, 'utf8')) as Kept).runs));
  return 0;
}

interface Kept {
  readonly date: string;
  readonly commit: string;
  readonly cores: number;
  readonly runs: readonly ChartRun[];
}

type Variant = Pick<ChartRun, 'controlPlane' | 'registry'>;

const variants: readonly Variant[] = [
  { controlPlane: 'envoy-gateway', registry: 'none' },
  { controlPlane: 'sluice', registry: 'none' },
  { controlPlane: 'envoy-gateway', registry: 'hung' },
  { controlPlane: 'sluice', registry: 'hung' },
];

const root = join(import.meta.dirname, '..', '..', '..');
const results = join(root, 'bench', 'results', 'rollout.json');
const picture = join(root, 'docs', 'rollout.svg');

async function playInBed(variant: Variant): Promise<ChartRun | undefined> {
  process.stdout.write(`rollout, ${variant.controlPlane}, registry ${variant.registry}\n`);
  const options = optionsOf(variant);
  const bed = await startBed('chart', rollout.prepare?.bind(rollout, options));
  if (bed === undefined) return undefined;
  try {
    const file = join(bed.folder, 'run.json');
    const { controlPlane, registry } = variant;
    const code = await bed.exec([process.execPath, import.meta.filename, controlPlane, registry, file]);
    return code === 0 ? (JSON.parse(readFileSync(file, 'utf8')) as ChartRun) : undefined;
  } finally {
    await bed.close();
  }
}

async function play(variant: Variant, file: string): Promise<void> {
  const line = new LiveLine();
  const { load, replacedSeconds } = await playRollout(optionsOf(variant), line.show);
  line.end();
  const { sent, failed, failures, seconds } = load;
  const most = [...failures].toSorted(([, a], [, b]) => b - a).slice(0, 5);
  const run: ChartRun = { ...variant, sent, failed, replacedSeconds, failures: most, seconds };
  writeFileSync(file, JSON.stringify(run));
  process.stdout.write(`  ${sent} requests, ${failed} failed\n`);
}

function optionsOf({ controlPlane, registry }: Variant): StoryOptions {
  const seconds = registry === 'hung' ? '60' : '45';
  const options = StoryOptions.of(rollout, { 'control-plane': controlPlane, registry, seconds });
  if (typeof options === 'string') throw new Error(options);
  return options;
}

process.exitCode = await main(process.argv.slice(2));
