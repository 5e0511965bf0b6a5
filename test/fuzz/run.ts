import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Coverage } from './coverage.ts';
import { tryDoor } from './guided.ts';

/**
 * `npm run fuzz -- [--minutes N] [--seed S] [DOOR]...`: tries each door for its share of the time, prints what it found and how to
 * find it again, and exits 1 when there is something. With ENVOY_BIN, a real Envoy is one of the doors: `envoy`.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string' } },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed ?? Math.trunc(Math.random() * 2 ** 31));
if (!(minutes > 0) || !Number.isInteger(seed)) throw new Error('--minutes and --seed are numbers');

// Before anything of `src` is imported.
const coverage = new Coverage();
const { doors } = await import('./doors/doors.ts');
const isChosen = (name: string): boolean => positionals.length === 0 || positionals.includes(name);
const chosen = doors.filter(({ name }) => isChosen(name));
const asksEnvoy = isChosen('envoy') && process.env['ENVOY_BIN'] !== undefined;
if (chosen.length === 0 && !asksEnvoy)
  throw new Error(`no such door; there are: ${doors.map(({ name }) => name).join(', ')}, envoy`);
// Envoy gets a quarter.
const envoyMinutes = asksEnvoy ? (chosen.length > 0 ? minutes / 4 : minutes) : 0;
const share = ((minutes - envoyMinutes) * 60_000) / chosen.length;

let found = 0;
for (const door of chosen) {
  const end = performance.now() + share;
  const isOver = (): boolean => performance.now() > end;
  const { tries, kept, findings, longestMs } = await tryDoor(door, coverage, seed, isOver);
  const memory = Math.round(process.memoryUsage().rss / 2 ** 20);
  say(`${door.name}: ${tries} tries, ${kept} kept, longest ${longestMs.toFixed(1)} ms, ${memory} MiB in all`);
  for (const { problem, input } of findings) {
    found++;
    say(`FOUND ${door.name}: ${problem}`);
    say(`  with ${input.slice(0, 4000)}\n  again: --seed ${seed} '${door.name}'`);
  }
}
for (const { close } of doors) close?.();
coverage.close();
if (asksEnvoy) {
  // A process of its own: this one counts steps, which has made it slow.
  const script = join(import.meta.dirname, 'envoy.ts');
  const args = [script, '--minutes', String(envoyMinutes), '--seed', String(seed)];
  if (spawnSync(process.execPath, args, { stdio: 'inherit' }).status !== 0) found++;
}
say(`seed ${seed}: ${found} found`);
process.exitCode = found === 0 ? 0 : 1;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
