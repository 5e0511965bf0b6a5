import { mkdirSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { configFrom } from '../config/load.ts';
import { systemClock } from '../lib/clock.ts';
import { contentHash } from '../lib/hash.ts';
import { Faults } from '../observe/faults.ts';
import { createLog } from '../observe/log.ts';
import { createMetrics } from '../observe/metrics.ts';
import { findEnvoy } from '../local/envoy-binary.ts';
import { LocalFleet } from '../local/local-fleet.ts';
import { readPidFile, removePidFile, writePidFile } from '../local/pid-file.ts';
import { readProcfile, type ProcfileEntry } from '../local/procfile.ts';
import { start } from '../run/start.ts';
import { endLeftovers, SupervisedProcess, type ProcessHost } from '../local/supervised-process.ts';
import type { Terminal } from './terminal.ts';

export interface StandaloneOptions {
  readonly directory: string;
  readonly xdsPort: number;
  readonly adminPort: number;
}

const lockName = 'sluice';
const cacheDir = join(import.meta.dirname, '..', '..', '.cache');

/** `sluice standalone DIR`: resolves to the exit code when `signal` has aborted and all its processes have ended. */
export async function standalone(
  options: StandaloneOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  if (statSync(options.directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
    terminal.err(`sluice: standalone: ${options.directory} is not a folder`);
    return 2;
  }
  const directory = realpathSync(options.directory);
  const procfile = readProcfile(directory);
  if (procfile.kind === 'error') {
    terminal.err(`sluice: standalone: ${procfile.line}`);
    return 2;
  }
  const say = (line: string): void => terminal.out(`${line}\n`);
  const stateDir = stateDirOf(directory, options);
  mkdirSync(stateDir, { recursive: true });
  const lock = join(stateDir, `${lockName}.pid`);
  const other = readPidFile(lock);
  if (other !== undefined) {
    terminal.err(`sluice: standalone: process ${other.pid} already runs ${options.directory}: end it first`);
    return 2;
  }
  writePidFile(lock, process.pid, '');
  try {
    const envoy = await findEnvoy({ cacheDir, progress: say, signal });
    if (signal.aborted) return 0;
    if (envoy.kind === 'missing') {
      terminal.err(`sluice: standalone: ${envoy.line}`);
      return 1;
    }
    say(`Envoy ${envoy.version}: ${envoy.path}`);
    const { entries } = procfile;
    return await run({ ...options, directory, stateDir, envoy: envoy.path, entries, say }, terminal, signal);
  } finally {
    removePidFile(lock);
    // Keeps the logs of processes that still run.
    const left = readdirSync(stateDir).some((file) => file.endsWith('.pid'));
    if (!left) rmSync(stateDir, { recursive: true, force: true });
  }
}

interface Setup extends StandaloneOptions {
  readonly stateDir: string;
  readonly envoy: string;
  readonly entries: readonly ProcfileEntry[];
  readonly say: (line: string) => void;
}

async function run(setup: Setup, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const { directory, stateDir, envoy, entries, say } = setup;
  const loaded = configFrom(
    {
      provider: { type: 'file', file: { directory } },
      translate: { allowLoopbackEndpoints: true },
      xds: { port: setup.xdsPort },
      admin: { port: setup.adminPort },
      log: { level: 'info', format: 'text' },
    },
    directory,
  );
  if (loaded.kind === 'error') {
    terminal.err(`sluice: standalone: ${loaded.line}`);
    return 2;
  }
  const { config } = loaded;
  const metrics = createMetrics();
  const log = createLog(config.log);
  const host = { stateDir, say, faults: new Faults(log, metrics, systemClock) };
  const fleet = new LocalFleet({ binary: envoy, host });
  const started = await start(config, {
    log,
    clock: systemClock,
    metrics,
    onChanges: (changes) => fleet.apply(changes),
    portOption: (server) => `--${server}-port`,
  });
  if (started.kind === 'error') {
    metrics.close();
    terminal.err(`sluice: standalone: ${started.line}`);
    return 2;
  }
  const { sluice } = started;
  const backends = entries.map((entry) => backend(entry, directory, host));
  const killAll = (): void => {
    fleet.kill();
    for (const each of backends) each.kill();
  };
  // For an exit that does not wait for the end below.
  process.on('exit', killAll);
  let code = 0;
  try {
    for (const each of backends) {
      const how = await each.start();
      if (how !== 'failed') say(`${each.title}: process ${each.pid} ${how}`);
    }
    await untilAborted(sluice.ready, signal);
    const problem = await fleet.start(sluice, config.xds.address, signal);
    if (problem !== undefined) {
      terminal.err(`sluice: standalone: ${problem}`);
      code = 2;
    } else {
      const names = [lockName, ...fleet.names(), ...backends.map(({ name }) => name)];
      if (sluice.problems() === 0) await endLeftovers(stateDir, new Set(names));
      say(`Statuses and metrics: http://127.0.0.1:${sluice.adminPort}/debug/objects and /metrics`);
      say('Ctrl-C ends Sluice, its Envoys and backends.');
      await untilAborted(new Promise(() => {}), signal);
    }
  } finally {
    await fleet.close();
    await Promise.all([sluice.close(), ...backends.map((each) => each.stop())]);
    process.off('exit', killAll);
    metrics.close();
  }
  return code;
}

function backend({ name, command, args }: ProcfileEntry, cwd: string, host: ProcessHost): SupervisedProcess {
  const spec = { name: `backend_${name}`, title: `Backend ${name}`, command, args, cwd, identity: '' };
  return new SupervisedProcess(spec, host);
}

/** Each way to run a folder has its own state, so that two never meet. */
function stateDirOf(directory: string, { xdsPort, adminPort }: StandaloneOptions): string {
  return join(
    cacheDir,
    'standalone',
    contentHash(JSON.stringify([directory, xdsPort, adminPort])).slice(0, 12),
  );
}

async function untilAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => resolve();
  signal.addEventListener('abort', done);
  try {
    await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', done);
  }
}
