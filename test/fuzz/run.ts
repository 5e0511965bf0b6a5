import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Coverage } from './coverage.ts';
import { tryDoor } from './guided.ts';

/**
 * `npm run fuzz -- [--minutes N] [--seed S] [DOOR]...`: tries each door for its share of the time, prints findings and
 * how to reproduce them, and exits 1 when there are any. With ENVOY_BIN, door `envoy` is a real Envoy.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string' } },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? Math.trunc(Math.random() * 2 ** 31));
if (!(minutes > 0) || !Number.isInteger(seed)) throw new Error('--minutes and --seed are numbers');

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

// Before anything of `src` is imported.
const coverage = new Coverage();
const { doors } = await import('./doors/doors.ts');
const isChosen = (name: string): boolean => positionals.length === 0 || positionals.includes(name);
const chosen = doors.filter(({ name }) => isChosen(name));
const asksEnvoy = isChosen('envoy') && process.env['ENVOY_BIN'] !== undefined;
if (chosen.length === 0 && !asksEnvoy)
  throw new Error(`no such door; there are: ${doors.map(({ name }) => name).join(', ')}, envoy`);
const envoyMinutes = asksEnvoy ? (chosen.length > 0 ? minutes / 4 : minutes) : 0;
const share = ((minutes - envoyMinutes) * 60_000) / chosen.length;

/** MiB; caches by content fill once, each up to its bound. */
const mostLeftBehind = 64;

say(`seed ${seed}`);
let failed = 0;
for (const door of chosen) {
  const end = performance.now() + share;
  const isOver = (): boolean => performance.now() > end;
  const before = heapBytes();
  const { tries, kept, findings, mostSteps, longestMs } = await tryDoor(door, coverage, seed, isOver);
  const left = (heapBytes() - before) / 2 ** 20;
  const most = `at most ${mostSteps} steps and ${longestMs.toFixed(1)} ms`;
  say(`${door.name}: ${tries} tries, ${kept} kept, ${most}, ${left.toFixed(1)} MiB left behind`);
  const leak = left > mostLeftBehind ? [{ problem: 'memory is left behind', input: `${tries} inputs` }] : [];
  const all = [...findings, ...leak];
  if (all.length > 0) failed++;
  for (const { problem, input } of all) {
    say(`FOUND ${door.name}: ${problem}`);
    say(`  with ${input.slice(0, 4000)}\n  again: --seed ${seed} '${door.name}'`);
  }
}
for (const { close } of doors) close?.();
coverage.close();
if (asksEnvoy) {
  // A process of its own: counting steps has made this one slow.
  const script = join(import.meta.dirname, 'envoy.ts');
  const args = [script, '--minutes', String(envoyMinutes), '--seed', String(seed)];
  if (spawnSync(process.execPath, args, { stdio: 'inherit' }).status !== 0) failed++;
}
const doorCount = chosen.length + (asksEnvoy ? 1 : 0);
say(`${doorCount - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** Heap after garbage collection. */
function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
