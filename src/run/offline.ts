import { configSchema, type Config } from '../config/config.ts';
import { sessionKeyRow } from '../kinds/own/session-key.ts';
import type { RowChange } from '../kinds/row.ts';
import { systemClock } from '../lib/clock.ts';
import { createLog } from '../observe/log.ts';
import { createMetrics } from '../observe/metrics.ts';
import { ControlPlane } from './control-plane.ts';
import type { Controller } from './controller.ts';
import { buildName } from './version.ts';

const deadlineMs = 120_000;

/**
 * Runs the pipeline on the main thread, without servers, calls `use` when all is in force, and ends it. `translate`: options
 * of the config file. Resolves to undefined after two minutes.
 */
export async function withOffline<T>(
  changes: readonly RowChange[],
  translate: object,
  use: (controller: Controller, config: Config) => T | Promise<T>,
): Promise<T | undefined> {
  const metrics = createMetrics();
  const log = createLog({ level: 'silent', format: 'json' }, { write() {} });
  const config = offlineConfig(translate);
  const controlPlane = new ControlPlane(config, { log, metrics, clock: systemClock }, buildName());
  const { controller } = controlPlane;
  const deadline = Promise.withResolvers<'late'>();
  // Also keeps the process alive, which the clock's own timers do not.
  const timer = setTimeout(() => deadline.resolve('late'), deadlineMs);
  try {
    controller.apply([{ kind: 'put', row: sessionKeyRow(offlineKey) }, ...changes]);
    controller.sourcesComplete();
    if ((await Promise.race([controller.ready, deadline.promise])) === 'late') return undefined;
    return await use(controller, config);
  } finally {
    clearTimeout(timer);
    await controlPlane.close();
    metrics.close();
  }
}

/** Stands for the key that a cluster keeps, so that the output is the same each time; secrets are not part of it. */
const offlineKey = '0'.repeat(44);

function offlineConfig(translate: object): Config {
  const lane = { windowMs: 0, maxWindowMs: 0 };
  return configSchema.parse({
    provider: { type: 'file', file: { directory: '.' } },
    translate: { ...translate, mode: 'inline' },
    xds: { holdMs: 60_000 },
    endpoints: lane,
    config: lane,
  });
}
