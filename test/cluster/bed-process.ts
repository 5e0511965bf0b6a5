import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { images } from './images.ts';
import { missingPrerequisites } from './prerequisites.ts';

const root = join(import.meta.dirname, '..', '..');
const bedFolder = join(import.meta.dirname, 'bed');

/** Ends with this process, however that ends. */
export interface BedProcess {
  /** State and logs; the logs stay until a bed of that name starts again. */
  readonly folder: string;
  /** Runs a program on the cluster's network; resolves to its exit code. */
  exec(command: readonly string[]): Promise<number>;
  close(): Promise<void>;
}

/**
 * Builds the bed if its sources changed, and starts it. Undefined on failure, with the reason on standard error.
 * `prepare` builds further programs.
 */
export async function startBed(
  name: string,
  prepare: () => Promise<void> = async () => {},
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
  await prepare();
  const table = await images(root, bin);
  if (typeof table === 'string') {
    say(table);
    return undefined;
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'images.json'), JSON.stringify(table, undefined, 2));
  // It ends with its standard input, even after `kill -9` of this process. A group of its own, so that Ctrl-C ends the
  // tests first.
  const bed = spawn(join(bedFolder, 'bed'), ['run', folder], {
    env,
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const up = await Promise.race([once(bed.stdout, 'data'), once(bed, 'close')]);
  if (!(up[0] instanceof Buffer)) return undefined;
  // A program on the bed gets Ctrl-C from the terminal as well; the bed ends after it.
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
