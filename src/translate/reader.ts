import { resourceKey, type IndexKey, type ReadKey, type ResourceKey } from '../lib/key.ts';
import type { Kind, RowTypes } from '../kinds/kinds.ts';
import type { Settings } from '../kinds/own/settings.ts';

/**
 * Gives translation its only access to rows. Every key, found or not, becomes the unit's dependency; one that the batch
 * lacks ends the unit with `need`. A function that reads must be deterministic: no clock, no I/O, no state.
 */
export interface Reader {
  /** Returns the row, or undefined when the store has no such object. */
  row<K extends Kind>(kind: K, namespace: string, name: string): RowTypes[K] | undefined;
  /** Returns the members of an index, in key order. */
  index(key: IndexKey): readonly ResourceKey[];
  /** Announces keys, so that one round trip fetches all missing ones; ends the unit if any is. Not for keys in a loop. */
  expect(keys: readonly ReadKey[]): void;
}

/** Returns the same reader, which adds missing rows to `absent`. */
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

/** Returns a setting; undefined until the config is known. */
export function setting<K extends keyof Settings>(reader: Reader, name: K): Settings[K] | undefined {
  return reader.row('Settings', '', name)?.[name];
}
