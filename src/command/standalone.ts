import { realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { contentHash } from '../lib/hash.ts';
import { findEnvoy } from '../local/envoy-binary.ts';
import { readProcfile } from '../local/procfile.ts';
import { StateFolder } from '../local/state-folder.ts';
import { runStandalone } from '../run/standalone.ts';
import type { Terminal } from './terminal.ts';

export interface StandaloneOptions {
  readonly directory: string;
  readonly xdsPort: number;
  readonly adminPort: number;
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
  const claim = StateFolder.claim(stateDirOf(directory, options));
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
    const { path: stateDir } = claim.folder;
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
  } finally {
    claim.folder.release();
  }
}

/** Each way to run a folder has its own state, so that two never meet. */
function stateDirOf(directory: string, { xdsPort, adminPort }: StandaloneOptions): string {
  return join(
    cacheDir,
    'standalone',
    contentHash(JSON.stringify([directory, xdsPort, adminPort])).slice(0, 12),
  );
}
