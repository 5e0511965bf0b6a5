import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');
const program = join(root, 'test', 'cluster', 'bed', 'bed');

/** An API server with etcd in a network of its own, without pods; ends with this process. */
export interface Bed {
  readonly folder: string;
  /** Runs a program on the bed's network; resolves to its exit code. */
  exec(command: readonly string[], env: Readonly<Record<string, string>>): Promise<number>;
  close(): Promise<void>;
}

/** Builds the bed where it is not built; throws when this machine lacks something. */
export async function startBed(): Promise<Bed> {
  const bin = process.env['BED_BIN'] ?? join(root, '.cache', 'bed', 'bin');
  const folder = join(root, '.cache', 'bed', 'fleet');
  const env = { ...process.env, BED_BIN: bin };
  const build = join(root, 'test', 'cluster', 'bed', 'build');
  const { status } = spawnSync(build, { env, stdio: ['ignore', process.stderr.fd, 'inherit'] });
  if (status !== 0) throw new Error('the bed could not be built: see test/cluster/bed/README.md');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const bed = spawn(program, ['run', folder, '--no-pods'], {
    env,
    // A group of its own, so that Ctrl-C ends the benchmark first; it ends with its standard input.
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const up: unknown[] = await Promise.race([once(bed.stdout, 'data'), once(bed, 'close')]);
  if (!(up[0] instanceof Buffer)) throw new Error(`the bed did not start: see ${join(folder, 'logs')}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
  return {
    folder,
    exec: async (command, more) =>
      await ended(
        spawn(program, ['exec', folder, ...command], { env: { ...env, ...more }, stdio: 'inherit' }),
      ),
    async close() {
      bed.stdin.end();
      await ended(bed);
    },
  };
}

async function ended(child: ChildProcess): Promise<number> {
  if (child.exitCode !== null) return child.exitCode;
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
}
