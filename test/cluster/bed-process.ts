import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { images } from './images.ts';
import { missingPrerequisites } from './prerequisites.ts';

const root = join(import.meta.dirname, '..', '..');
const bedFolder = join(import.meta.dirname, 'bed');

/** A cluster bed that ends with this process, however that ends. */
export interface BedProcess {
  /** Its state and its logs; the logs stay after its end, until a bed of that name starts again. */
  readonly folder: string;
  /** Runs a program of the bed or of the machine on the cluster's network; resolves to its exit code. */
  exec(command: readonly string[]): Promise<number>;
  close(): Promise<void>;
}

/**
 * Builds the bed where its sources have changed, and starts one. Says on standard error what it does. Undefined when it
 * cannot, and then why has been said. `prepare` adds to the folder of the bed's programs.
 */
export async function startBed(
  name: string,
  prepare: (bin: string) => Promise<void> = async () => {},
): Promise<BedProcess | undefined> {
  const missing = missingPrerequisites();
  for (const line of missing) say(`missing: ${line}`);
  if (missing.length > 0) return undefined;
  const bin = process.env['BED_BIN'] ?? join(root, '.cache', 'bed', 'bin');
  const folder = join(root, '.cache', 'bed', name);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    BED_BIN: bin,
    BED_IMAGES: join(folder, 'images.json'),
    SLUICE_BED_FOLDER: folder,
    SLUICE_BED_PROGRAM: join(bedFolder, 'bed'),
  };
  const built = await ended(
    spawn(join(bedFolder, 'build'), { env, stdio: ['ignore', process.stderr, 'inherit'] }),
  );
  if (built !== 0) return undefined;
  await prepare(bin);
  const table = await images(root, bin);
  if (typeof table === 'string') {
    say(table);
    return undefined;
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'images.json'), JSON.stringify(table, undefined, 2));
  // It ends when its standard input does: with this process, were it by `kill -9`. A group of its own, so that Ctrl-C
  // ends the tests first.
  const bed = spawn(join(bedFolder, 'bed'), ['run', folder], {
    env,
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const up = await Promise.race([once(bed.stdout, 'data'), once(bed, 'close')]);
  if (!(up[0] instanceof Buffer)) return undefined;
  // What runs on the bed gets Ctrl-C from the terminal as well; the bed ends when that has ended.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => {});
  say(`bed ${name}: up; logs in ${join(folder, 'logs')}`);
  return {
    folder,
    exec: async (command) =>
      await ended(spawn(join(bedFolder, 'bed'), ['exec', folder, ...command], { env, stdio: 'inherit' })),
    async close() {
      bed.stdin.end();
      await ended(bed);
    },
  };
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function ended(child: ChildProcess): Promise<number> {
  if (child.exitCode !== null) return child.exitCode;
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
}
