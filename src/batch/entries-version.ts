import { contentHash } from '../lib/hash.ts';
import type { RouteEntry } from './outcome.ts';

export function entriesVersion(entries: readonly RouteEntry[]): string {
  return contentHash(Buffer.concat(entries.flatMap(({ order, bytes }) => [Buffer.from(order), bytes])));
}
