import type { RowChange } from '../kinds/row.ts';
import { splitResourceKey } from '../lib/key.ts';
import type { Metrics } from '../observe/metrics.ts';

export function countEvents(changes: readonly RowChange[], { events }: Metrics): void {
  for (const change of changes) {
    const key = change.kind === 'put' ? change.row.key : change.key;
    events.inc({ kind: splitResourceKey(key).kind });
  }
}
