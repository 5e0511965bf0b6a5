import type { RowChange } from '../../kinds/row.ts';
import { withServerFields } from '../../kinds/server-fields.ts';

/**
 * Returns the last change of each object, by its key. `old`: the objects that there are, whose fields that the API server
 * sets are kept. O(changes).
 */
export function latestChanges(
  changes: readonly RowChange[],
  old: ReadonlyMap<string, RowChange> = new Map(),
): ReadonlyMap<string, RowChange> {
  const found = new Map<string, RowChange>();
  for (const change of changes) {
    const key = change.kind === 'put' ? change.row.key : change.key;
    const before = old.get(key);
    const keeps = change.kind === 'put' && before?.kind === 'put';
    found.set(key, keeps ? { kind: 'put', row: withServerFields(change.row, before.row) } : change);
  }
  return found;
}
