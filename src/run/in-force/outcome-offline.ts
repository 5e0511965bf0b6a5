import type { Config } from '../../config/config.ts';
import type { Outcome } from '../../explain/difference/outcome.ts';
import type { RowChange } from '../../kinds/row.ts';
import { fileConfig, offlineConfig, withOffline } from '../offline.ts';
import { standaloneTranslate } from '../standalone-translate.ts';
import { outcomeOf } from './outcome.ts';

/**
 * Translates objects as a process with this config does, or `sluice standalone` without one. Resolves to undefined after two
 * minutes.
 */
export function outcomeOffline(
  changes: readonly RowChange[],
  config: Config | undefined,
): Promise<Outcome | undefined> {
  const as = config === undefined ? fileConfig(standaloneTranslate) : offlineConfig(config);
  return withOffline(changes, as, outcomeOf);
}
