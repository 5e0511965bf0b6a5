import type { ReadKey, UnitName } from '../lib/key.ts';
import { settingKey } from '../kinds/own/settings-key.ts';
import { settingNames } from '../kinds/own/settings.ts';
import { ownKeys } from '../kinds/unit-place.ts';

/** Returns keys that a new unit will surely read, with hints. A guess to save round trips: translation asks for the rest. */
export function firstKeys(unit: UnitName, follow: (key: ReadKey) => Iterable<ReadKey>): Set<ReadKey> {
  return withHints([...settingNames.map(settingKey), ...ownKeys(unit)], follow);
}

export function withHints(
  given: Iterable<ReadKey>,
  follow: (key: ReadKey) => Iterable<ReadKey>,
): Set<ReadKey> {
  const keys = new Set<ReadKey>(given);
  let step: readonly ReadKey[] = [...keys];
  for (let depth = 0; depth < maxDepth; depth++) {
    const next: ReadKey[] = [];
    for (const key of step) {
      for (const hint of follow(key)) {
        if (keys.has(hint)) continue;
        if (keys.size >= maxKeys) return keys;
        keys.add(hint);
        next.push(hint);
      }
    }
    step = next;
  }
  return keys;
}

/** Two steps lead from a Gateway by its class, or by an index of routes, to the routes' Services. */
const maxDepth = 2;
/** A unit that reads more is rare, and pays one more round trip. */
const maxKeys = 64;
