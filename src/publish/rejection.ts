import type { ResourceKey } from '../lib/key.ts';
import type { SlotTable } from './filter-slot.ts';
import type { ShardTable } from './shard-table.ts';
import type { TypeUrl } from './type-table.ts';
import type { VirtualHost } from './virtual-host.ts';

/** Version that a proxy rejected when it came alone, and that no proxy has ACKed. */
export interface RejectedVersion {
  readonly version: string;
  readonly message: string;
  /** Time of the NACK, on the clock's scale. */
  readonly since: number;
}

/** Resource that proxies of a fleet reject. The last good version is served instead, if one is known. */
export interface Rejection extends RejectedVersion {
  readonly type: TypeUrl;
  readonly name: string;
  /** Domain of a rejected route, or rejected chain of a filter slot; undefined: not known. */
  readonly domain?: string;
  readonly madeOf: readonly ResourceKey[];
}

export function* rejectedParts(
  type: TypeUrl,
  name: string,
  table: VirtualHost | ShardTable | SlotTable,
): Generator<Rejection> {
  for (const { rejected, madeOf, domain } of table.rejections()) {
    const of = domain === undefined ? {} : { domain };
    yield { type, name, ...of, madeOf, ...rejectedVersion(rejected) };
  }
}

export function rejectedVersion({ version, message, since }: RejectedVersion): RejectedVersion {
  return { version, message, since };
}
