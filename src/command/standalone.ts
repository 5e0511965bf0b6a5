import { realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { failureText } from '../lib/failure.ts';
import { contentHash } from '../lib/hash.ts';
import { findEnvoy } from '../local/envoy-binary.ts';
import { readProcfile } from '../local/procfile.ts';
import { StateFolder, type Claim } from '../local/state-folder.ts';
import { runStandalone } from '../run/standalone.ts';
import type { Terminal } from './terminal.ts';

export interface StandaloneOptions {
  readonly directory: string;
  readonly xdsPort: number;
  readonly adminPort: number;
  /** A config file; undefined: none. */
  readonly config: string | undefined;
}

const cacheDir = join(import.meta.dirname, '..', '..', '.cache');

/** `sluice standalone DIR`: resolves to the exit code when `signal` has aborted and all its processes have ended. */
export async function standalone(
  options: StandaloneOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const say = (line: string): void => terminal.out(`${line}\n`);
  const fail = (line: string): void => terminal.err(`sluice: standalone: ${line}`);
  if (statSync(options.directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
    fail(`${options.directory} is not a folder`);
    return 2;
  }
  const directory = realpathSync(options.directory);
  const procfile = readProcfile(directory);
  if (procfile.kind === 'error') {
    fail(procfile.line);
    return 2;
  }
  const stateDir = stateDirOf(directory, options);
  const claim = claimed(stateDir);
  if (typeof claim === 'string') {
    fail(
      `${stateDir}, the folder of its processes, cannot be written (${claim}): set XDG_STATE_HOME to one that can`,
    );
    return 2;
  }
  if (claim.kind === 'taken') {
    fail(`process ${claim.pid} already runs ${options.directory}: end it first`);
    return 2;
  }
  try {
    const envoy = await findEnvoy({ cacheDir, progress: say, signal });
    if (signal.aborted) return 0;
    if (envoy.kind === 'missing') {
      fail(envoy.line);
      return 1;
    }
    say(`Envoy ${envoy.version}: ${envoy.path}`);
    const sessionKeyFile = join(cacheDir, 'session-key');
    const setup = {
      ...options,
      directory,
      stateDir,
      sessionKeyFile,
      envoy: envoy.path,
      backends: procfile.entries,
    };
    return (await runStandalone({ ...setup, say, fail }, signal)) ? 0 : 2;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    fail(`${error.path ?? error.syscall ?? 'a file'} cannot be used (${error.code})`);
    return 1;
  } finally {
    claim.folder.release();
  }
}

/** Returns true for what the system refuses, such as a full disk: no bug. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

/** Returns the system's error code where the folder cannot be used. */
function claimed(stateDir: string): Claim | string {
  try {
    return StateFolder.claim(stateDir);
  } catch (error) {
    return failureText(error);
  }
}

/** Each way to run a folder has its own state, so that two never meet. */
function stateDirOf(directory: string, { xdsPort, adminPort }: StandaloneOptions): string {
  return join(
    stateHome(),
    'sluice',
    'standalone',
    contentHash(JSON.stringify([directory, xdsPort, adminPort])).slice(0, 12),
  );
}

/** https://specifications.freedesktop.org/basedir-spec/latest/ says that a relative path is to be ignored. */
function stateHome(): string {
  const home = process.env['XDG_STATE_HOME'] ?? '';
  return isAbsolute(home) ? home : join(homedir(), '.local', 'state');
}
