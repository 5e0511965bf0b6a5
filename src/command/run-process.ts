import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { watchConfig } from '../config/watch.ts';
import { systemClock, type Clock } from '../lib/clock.ts';
import { Faults } from '../observe/faults.ts';
import { createLog, type Log } from '../observe/log.ts';
import { createMetrics, type Metrics } from '../observe/metrics.ts';
import type { Running, Started } from '../run/running.ts';
import { version } from '../run/version.ts';
import type { Terminal } from './terminal.ts';

/** A process that a config file describes. */
export interface ProcessKind<T extends Running> {
  /** Name of the command. */
  readonly name: string;
  readonly start: (
    config: Config,
    surroundings: { readonly log: Log; readonly metrics: Metrics; readonly clock: Clock },
  ) => Promise<Started<T>>;
  /** Logs that it runs, and later that it is ready. */
  readonly announce: (running: T, log: Log) => void;
  /** Said when it ends. */
  readonly farewell: string;
}

/** Runs a process until `signal` aborts and everything is closed. Resolves to the exit code. */
export async function runProcess<T extends Running>(
  { name, start, announce, farewell }: ProcessKind<T>,
  file: string,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  const loaded = loadConfig(file);
  if (loaded.kind === 'error') {
    terminal.err(loaded.line);
    return 2;
  }
  const { config } = loaded;
  const log = createLog(config.log);
  const metrics = createMetrics();
  metrics.measureProcess({ version: version(), command: name });
  metrics.configReloadSuccessful.set(1);
  const clock = systemClock;
  metrics.configReloadTime.set(clock.wallMs() / 1000);
  const started = await start(config, { log, metrics, clock });
  if (started.kind === 'error') {
    metrics.close();
    terminal.err(`sluice: ${name}: ${started.line}`);
    return 2;
  }
  const { sluice } = started;
  announce(sluice, log);
  const watch = watchConfig(file, config, {
    log,
    clock: new Faults(log, metrics, clock).clock,
    onConfig(next) {
      log.level = next.log.level;
      sluice.reconfigure(next);
    },
    onVersion(result) {
      metrics.configReloads.inc({ result });
      metrics.configReloadSuccessful.set(result === 'applied' ? 1 : 0);
      if (result === 'applied') metrics.configReloadTime.set(clock.wallMs() / 1000);
    },
  });
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  log.info({}, farewell);
  watch.close();
  await sluice.close();
  metrics.close();
  return 0;
}
