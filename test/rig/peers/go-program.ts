import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

/** A program that `go install` builds from a module. */
export interface GoProgram {
  readonly module: string;
  readonly version: string;
  /** Folder of the program in the module. */
  readonly folder: string;
  /** Minutes that a build takes on two cores with an empty Go cache. */
  readonly minutes: number;
}

/** Builds it once for each version. Rejects when Go is missing or the build fails. */
export async function buildGoProgram(program: GoProgram, progress: (line: string) => void): Promise<void> {
  const file = programFile(program);
  if (existsSync(file)) return;
  const { module, version, folder, minutes } = program;
  progress(
    `building ${module} ${version} into ${binFolder}, once: ${minutes} minutes with an empty Go cache`,
  );
  mkdirSync(binFolder, { recursive: true });
  // A build that is cut off leaves no program behind.
  const unfinished = mkdtempSync(join(binFolder, 'unfinished-'));
  try {
    const env = { ...process.env, GOBIN: unfinished, CGO_ENABLED: '0' };
    const stdio = ['ignore', 'inherit', 'inherit'] as const;
    const go = spawn('go', ['install', `${module}/${folder}@${version}`], {
      env,
      cwd: tmpdir(),
      stdio: [...stdio],
    });
    const [code] = (await once(go, 'close')) as [number | null];
    if (code !== 0) throw new Error(`${module} could not be built: go install ended with ${code}`);
    renameSync(join(unfinished, basename(folder)), file);
  } finally {
    rmSync(unfinished, { recursive: true });
  }
}

export function programFile({ folder, version }: GoProgram): string {
  return join(binFolder, `${basename(folder)}-${version}`);
}

/** Returns the folder of the module's sources, which are fetched where they are missing. */
export async function moduleFolder({ module, version }: GoProgram): Promise<string> {
  const args = ['mod', 'download', '-json', `${module}@${version}`];
  const { stdout } = await promisify(execFile)('go', args, { cwd: tmpdir() });
  return (JSON.parse(stdout) as { readonly Dir: string }).Dir;
}

const binFolder = process.env['PEERS_BIN'] ?? join(import.meta.dirname, '..', '..', '..', '.cache', 'peers');
