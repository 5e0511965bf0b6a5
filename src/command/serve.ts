import { loadConfig } from '../config/load.ts';
import { watchConfig } from '../config/watch.ts';
import { systemClock } from '../lib/clock.ts';
import { Faults } from '../observe/faults.ts';
import { createLog } from '../observe/log.ts';
import { createMetrics } from '../observe/metrics.ts';
import { start } from '../run/start.ts';
import type { Terminal } from './terminal.ts';

/** `sluice serve --config FILE`: resolves to the exit code when `signal` has aborted and everything is closed. */
export async function serve(file: string, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const loaded = loadConfig(file);
  if (loaded.kind === 'error') {
    terminal.err(loaded.line);
    return 2;
  }
  const { config } = loaded;
  const log = createLog(config.log);
  const metrics = createMetrics();
  const clock = systemClock;
  const started = await start(config, { log, metrics, clock });
  if (started.kind === 'error') {
    metrics.close();
    terminal.err(`sluice: serve: ${started.line}`);
    return 2;
  }
  const { sluice } = started;
  const { xdsPort, adminPort } = sluice;
  log.info({ xdsPort, adminPort }, 'serving');
  void sluice.ready.then(() => log.info({ gateways: sluice.gateways().length }, 'ready'));
  const watch = watchConfig(file, config, {
    log,
    clock: new Faults(log, metrics, clock).clock,
    onConfig(next) {
      log.level = next.log.level;
      sluice.reconfigure(next);
    },
  });
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  log.info({}, 'ending; proxies keep what they have');
  watch.close();
  await sluice.close();
  metrics.close();
  return 0;
}
