import { configSchema, type Config } from '../config/config.ts';
import { sessionKeyRow } from '../kinds/own/session-key.ts';
import type { RowChange } from '../kinds/row.ts';
import { systemClock } from '../lib/clock.ts';
import { createLog } from '../observe/log.ts';
import { createMetrics } from '../observe/metrics.ts';
import { inlinePool } from '../pool/inline.ts';
import { Controller } from './controller.ts';
import { laneOptions, settingChanges, streamOptions } from './settings.ts';
import { buildName } from './version.ts';

const deadlineMs = 120_000;

/**
 * Runs the pipeline on the main thread, without servers and workers, calls `use` when all is in force, and ends it.
 * Resolves to undefined after two minutes.
 */
export async function withOffline<T>(
  changes: readonly RowChange[],
  config: Config,
  use: (controller: Controller, config: Config) => T | Promise<T>,
): Promise<T | undefined> {
  const metrics = createMetrics();
  const log = createLog({ level: 'silent', format: 'json' }, { write() {} });
  const controller = new Controller(
    {
      lanes: laneOptions(config),
      pools: { endpoints: inlinePool, config: inlinePool },
      stream: streamOptions(() => config, buildName()),
      namedObjectWaitMs: 0,
    },
    { log, metrics, clock: systemClock },
  );
  const deadline = Promise.withResolvers<'late'>();
  // Also keeps the process alive, which the clock's own timers do not.
  const timer = setTimeout(() => deadline.resolve('late'), deadlineMs);
  try {
    controller.apply(settingChanges(config));
    controller.apply([{ kind: 'put', row: sessionKeyRow(offlineKey) }, ...changes]);
    controller.sourcesComplete();
    if ((await Promise.race([controller.ready, deadline.promise])) === 'late') return undefined;
    return await use(controller, config);
  } finally {
    clearTimeout(timer);
    await controller.close();
    metrics.close();
  }
}

/** Stands for the key that a cluster keeps, so that the output is the same each time; secrets are not part of it. */
const offlineKey = '0'.repeat(44);

/** Returns a config for manifests; `translate`: options of the config file. */
export function fileConfig(translate: object): Config {
  return offlineConfig(
    configSchema.parse({ provider: { type: 'file', file: { directory: '.' } }, translate }),
  );
}

/** Returns a config that translates as the given one does, at once. */
export function offlineConfig(config: Config): Config {
  const lane = { windowMs: 0, maxWindowMs: 0 };
  return {
    ...config,
    xds: { ...config.xds, holdMs: 60_000 },
    endpoints: { ...config.endpoints, ...lane },
    config: { ...config.config, ...lane },
  };
}
