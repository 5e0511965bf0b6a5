import type { Outcome } from '../../explain/difference/outcome.ts';
import type { RowChange } from '../../kinds/row.ts';
import { withOffline } from '../offline.ts';
import { standaloneTranslate } from '../standalone-translate.ts';
import { outcomeOf } from './outcome.ts';

/**
 * Translates objects as `sluice standalone` does; of several with one name the last one counts. Resolves to undefined after
 * two minutes.
 */
export function outcomeOffline(changes: readonly RowChange[]): Promise<Outcome | undefined> {
  const latest = new Map(
    changes.map((change) => [change.kind === 'put' ? change.row.key : change.key, change]),
  );
  return withOffline([...latest.values()], standaloneTranslate, outcomeOf);
}
