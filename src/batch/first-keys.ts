import type { ReadKey, UnitName } from '../lib/key.ts';
import { settingKey } from '../kinds/own/settings-key.ts';
import { settingNames } from '../kinds/own/settings.ts';
import { ownKeys } from '../kinds/unit-place.ts';

/**
 * The keys that a unit will surely read, for one that has not been translated yet, and what rows among them hint at.
 * A guess that saves round trips: what it misses, translation asks for.
 */
export function firstKeys(unit: UnitName, follow: (key: ReadKey) => Iterable<ReadKey>): Set<ReadKey> {
  return withHints([...settingNames.map(settingKey), ...ownKeys(unit)], follow);
}

/** These keys, and what rows among them hint at. */
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

/** From a Gateway over its class or an index of routes to the routes' Services is two steps. */
const maxDepth = 2;
/** A unit that reads more is rare, and pays one round trip more. */
const maxKeys = 64;
