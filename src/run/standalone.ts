import { systemClock } from '../lib/clock.ts';
import { LocalFleet } from '../local/local-fleet.ts';
import type { ProcfileEntry } from '../local/procfile.ts';
import { lockName } from '../local/state-folder.ts';
import { endLeftovers, SupervisedProcess, type ProcessHost } from '../local/supervised-process.ts';
import { Faults } from '../observe/faults.ts';
import { createLog } from '../observe/log.ts';
import { createMetrics } from '../observe/metrics.ts';
import { standaloneConfig, type StandaloneConfigOptions } from './standalone-config.ts';
import { EditReport } from './edit-report.ts';
import { start } from './start.ts';
import { version } from './version.ts';

export interface StandaloneSetup extends StandaloneConfigOptions {
  readonly stateDir: string;
  /** Path of the binary. */
  readonly envoy: string;
  readonly backends: readonly ProcfileEntry[];
  readonly say: (line: string) => void;
  /** Called with the reason before everything ends. */
  readonly fail: (line: string) => void;
}

/**
 * Runs Sluice on a folder, an Envoy for each Gateway in it, and the backends, until `signal` aborts. Resolves when all
 * of its processes have ended; to false after `fail`.
 */
export async function runStandalone(setup: StandaloneSetup, signal: AbortSignal): Promise<boolean> {
  const { directory, stateDir, envoy, say, fail } = setup;
  const loaded = standaloneConfig(setup);
  if (loaded.kind === 'error') {
    fail(loaded.line);
    return false;
  }
  const { config } = loaded;
  const metrics = createMetrics();
  metrics.measureProcess({ version: version(), command: 'standalone' });
  const log = createLog(config.log);
  const host = { stateDir, say, faults: new Faults(log, metrics, systemClock) };
  const fleet = new LocalFleet({ binary: envoy, host });
  const report = new EditReport(config.controllerName, log, host.faults.clock);
  const started = await start(config, {
    log,
    clock: systemClock,
    metrics,
    onChanges(changes) {
      fleet.apply(changes);
      report.apply(changes);
    },
    onStatus: (object) => report.statusMayDiffer(object),
    onPublish: (of) => report.published(of),
    logsConditions: false,
    portOption: (server) => `--${server}-port`,
  });
  if (started.kind === 'error') {
    metrics.close();
    fail(started.line);
    return false;
  }
  const { sluice } = started;
  const backends = setup.backends.map((entry) => backend(entry, directory, host));
  const killAll = (): void => {
    fleet.kill();
    for (const each of backends) each.kill();
  };
  // For an exit that does not wait for the end below.
  process.on('exit', killAll);
  try {
    for (const each of backends) {
      const how = await each.start();
      if (how !== 'failed') say(`${each.title}: process ${each.pid} ${how}`);
    }
    await untilAborted(sluice.ready, signal);
    const problem = await fleet.start(sluice, config.xds.address, signal);
    if (problem !== undefined) {
      fail(problem);
      return false;
    }
    const names = [lockName, ...fleet.names(), ...backends.map(({ name }) => name)];
    if (sluice.problems() === 0) await endLeftovers(stateDir, new Set(names));
    say(`Console: http://127.0.0.1:${sluice.adminPort}/console`);
    say(`Statuses and metrics: http://127.0.0.1:${sluice.adminPort}/debug/objects and /metrics`);
    say('Ctrl-C ends Sluice, its Envoys and backends.');
    await report.start(sluice);
    await untilAborted(new Promise(() => {}), signal);
    return true;
  } finally {
    report.close();
    await fleet.close();
    await Promise.all([sluice.close(), ...backends.map((each) => each.stop())]);
    process.off('exit', killAll);
    metrics.close();
  }
}

function backend({ name, command, args }: ProcfileEntry, cwd: string, host: ProcessHost): SupervisedProcess {
  const spec = { name: `backend_${name}`, title: `Backend ${name}`, command, args, cwd, identity: '' };
  return new SupervisedProcess(spec, host);
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
