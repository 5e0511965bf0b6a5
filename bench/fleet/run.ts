import { execFileSync } from 'node:child_process';
import { LiveLine } from '../../test/rig/load/live-line.ts';
import type { Peer } from '../peers/peer.ts';
import { peers } from './control-planes.ts';
import { endpointRange } from './cluster/objects.ts';
import { startBed } from './cluster/bed.ts';
import { help, parseOptions, type Options } from './options.ts';
import { Plan } from './plan.ts';
import { drawPlots } from './plot/draw-plots.ts';
import { Results } from './report/results.ts';
import { scenarios } from './scenarios.ts';
import { stepsOf } from './steps.ts';
import { summary } from './report/summary.ts';

/**
 * `npm run bench:fleet -- [OPTION VALUE]...`: starts an API server, then runs itself on its network. Exit 1: a scenario
 * failed; 2: an option is wrong.
 */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(help());
    return 0;
  }
  const options = parseOptions(args, Object.keys(peers));
  if (typeof options === 'string') {
    process.stderr.write(`bench:fleet: ${options}\n`);
    return 2;
  }
  const folder = process.env[bedFolder];
  if (folder !== undefined) return await measure(options, folder, args);
  const all = new Set(stepsOf(options).flatMap(chosen));
  for (const peer of all) await peer.build((line) => process.stderr.write(`${line}\n`));
  const bed = await startBed();
  try {
    return await bed.exec([process.execPath, import.meta.filename, ...args], { [bedFolder]: bed.folder });
  } finally {
    await bed.close();
  }
}

/** Marks the process on the bed's network. */
const bedFolder = 'SLUICE_FLEET_BED';

async function measure(options: Options, folder: string, args: readonly string[]): Promise<number> {
  // Children are ended at `exit`, which a signal alone does not cause.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  execFileSync('ip', ['route', 'add', 'local', endpointRange, 'dev', 'lo']);
  const line = new LiveLine();
  const results = new Results(
    options.results,
    `npm run bench:fleet -- ${args.join(' ').replace(/ ?--results \S+/, '')}`,
  );
  const plan = new Plan(folder, results, line.show);
  try {
    await plan.open();
    for (const step of stepsOf(options)) {
      const of = scenarios.filter(({ name }) => step.scenarios.includes(name));
      await plan.run(step, of, chosen(step));
    }
  } finally {
    line.end();
    await plan.close();
    process.stdout.write(summary(results.runs));
    await drawPlots(options.results);
  }
  for (const failure of plan.failures) process.stdout.write(`bench:fleet: ${failure}\n`);
  // CI counts by this line.
  process.stdout.write(`${results.runs.length} passed, ${plan.failures.length} failed\n`);
  return plan.failures.length === 0 ? 0 : 1;
}

function chosen({ peers: names }: Options): Peer[] {
  return ['sluice', ...names].map((name) => {
    const peer = peers[name];
    if (peer === undefined) throw new Error(`no control plane ${name}`);
    return peer;
  });
}

process.exitCode = await main(process.argv.slice(2));
