import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { envoyVersion } from '../../src/local/envoy-install.ts';
import { outside } from '../rig/load/outside.ts';
import { startOnce, type Started } from './started.ts';
import type { Toolchain } from './toolchain.ts';

export interface Combination extends Toolchain {
  readonly ignoreScripts: boolean;
}

export interface Outcome {
  readonly seconds: number;
  readonly megabytes: number;
  readonly firstLine: string;
  /** Undefined: it passed. */
  readonly failure: string | undefined;
}

export interface Places {
  /** The checkout whose last commit is cloned. */
  readonly root: string;
  /** Kept between runs: Node.js, npm, npm's cache and one Envoy. */
  readonly cache: string;
}

const binary = `envoy-${envoyVersion}-${process.platform}-${process.arch}`;
/** Another program may keep one of the quickstart's ports so long. */
const takenForMs = 600_000;
const lookEveryMs = 10_000;

/** Runs README's first command in a clean clone. `fetchesEnvoy`: as on a machine without an Envoy. */
export async function play(
  { path, ignoreScripts }: Combination,
  { root, cache }: Places,
  fetchesEnvoy: boolean,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<Outcome> {
  const folder = join(cache, 'a folder', 'sluice clone');
  rmSync(folder, { recursive: true, force: true });
  const cloned = spawnSync('git', ['clone', '--quiet', root, folder], { encoding: 'utf8' });
  if (cloned.status !== 0) throw new Error(`git clone: ${cloned.stderr}`);
  const shared = join(cache, binary);
  const { ENVOY_BIN: _, ...kept } = outside();
  const env = { ...kept, PATH: path, npm_config_cache: join(cache, 'npm-cache') };
  const startEnv = fetchesEnvoy ? env : { ...env, ENVOY_BIN: shared };

  const startedAt = performance.now();
  const ci = await run(['ci', ...(ignoreScripts ? ['--ignore-scripts'] : [])], folder, env, signal);
  const seconds = (performance.now() - startedAt) / 1000;
  const megabytes = diskBytes(join(folder, 'node_modules')) / 1024 / 1024;
  const outcome = (firstLine: string, failure: string | undefined): Outcome => ({
    seconds,
    megabytes,
    firstLine,
    failure,
  });
  if (ci.code !== 0) return outcome('', `npm ci: ${ci.lastLine}`);
  say(`installed in ${seconds.toFixed(0)} s, ${megabytes.toFixed(0)} MB`);

  const version = await run(['exec', '--', 'sluice', '--version'], folder, startEnv, signal);
  if (!/^sluice \d/.test(version.lastLine)) return outcome('', `npx sluice: ${version.lastLine}`);

  const started = await whenPortsAreFree(() => startOnce(folder, startEnv, signal), say, signal);
  if (started.kind !== 'served') return outcome('', started.line);
  if (fetchesEnvoy) {
    mkdirSync(dirname(shared), { recursive: true });
    cpSync(join(folder, '.cache', binary), shared);
  }
  if (started.left.length > 0) return outcome(started.firstLine, `left running: ${started.left.join(' ')}`);
  return outcome(started.firstLine, undefined);
}

export function hasSharedEnvoy({ cache }: Places): boolean {
  return existsSync(join(cache, binary));
}

async function whenPortsAreFree(
  start: () => Promise<Started>,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<Started> {
  const deadline = performance.now() + takenForMs;
  for (let said = ''; ;) {
    const started = await start();
    if (started.kind !== 'taken' || signal.aborted || performance.now() > deadline) return started;
    if (started.line !== said) say(`waits: ${started.line}`);
    said = started.line;
    await pause(lookEveryMs);
  }
}

async function run(
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<{ readonly code: number | null; readonly lastLine: string }> {
  const npm = spawn('npm', args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], signal });
  let output = '';
  for (const stream of [npm.stdout, npm.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const code = await new Promise<number | null>((resolve) => {
    npm.once('error', (error) => {
      output += error.message;
      resolve(null);
    });
    npm.once('close', resolve);
  });
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return { code, lastLine: lines.at(-1) ?? '' };
}

function diskBytes(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => lstatSync(join(folder, name)).blocks * 512)
    .reduce((sum, bytes) => sum + bytes, 0);
}
