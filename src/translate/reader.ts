import type { IndexKey, ReadKey, ResourceKey } from '../lib/key.ts';
import type { Kind, RowTypes } from '../kinds/kinds.ts';

/**
 * The only way translation sees the world. Every key that is asked for is recorded, found or not, and becomes the
 * unit's dependency; asking for one that the batch lacks ends the unit with `need`.
 *
 * A function that reads must be deterministic in what it reads: no clock, no I/O, no state of its own.
 */
export interface Reader {
  /** The row, or undefined when the store has no such object. */
  row<K extends Kind>(kind: K, namespace: string, name: string): RowTypes[K] | undefined;
  /** The members of an index, in key order. */
  index(key: IndexKey): readonly ResourceKey[];
  /** Says that all these will be read, so that one round trip fetches whatever is missing among them. */
  expect(keys: readonly ReadKey[]): void;
}
