import { resourceKey, type IndexKey, type ReadKey, type ResourceKey } from '../lib/key.ts';
import type { Kind, RowTypes } from '../kinds/kinds.ts';
import type { Settings } from '../kinds/own/settings.ts';

/**
 * The only way translation sees the world. Every key that is asked for is recorded, found or not, and becomes the
 * unit's dependency; asking for one that the batch lacks ends the unit with `need`, then or at its end.
 *
 * A function that reads must be deterministic in what it reads: no clock, no I/O, no state of its own.
 */
export interface Reader {
  /** The row, or undefined when the store has no such object. */
  row<K extends Kind>(kind: K, namespace: string, name: string): RowTypes[K] | undefined;
  /** The members of an index, in key order. */
  index(key: IndexKey): readonly ResourceKey[];
  /**
   * Says that all these will be read, so that one round trip fetches whatever is missing among them, and ends the unit at
   * once if anything is. Not for single keys in a loop: each would be a round trip.
   */
  expect(keys: readonly ReadKey[]): void;
}

/** The same reader, which adds the rows that it does not find to `absent`. */
export function notingAbsent(reader: Reader, absent: Set<ResourceKey>): Reader {
  return {
    row(kind, namespace, name) {
      const found = reader.row(kind, namespace, name);
      if (found === undefined) absent.add(resourceKey(kind, namespace, name));
      return found;
    },
    index: (key) => reader.index(key),
    expect: (keys) => reader.expect(keys),
  };
}

/** The value of a setting; undefined until the config is known. */
export function setting<K extends keyof Settings>(reader: Reader, name: K): Settings[K] | undefined {
  return reader.row('Settings', '', name)?.[name];
}
