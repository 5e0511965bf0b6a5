import { resourceKey, type ResourceKey } from '../../lib/key.ts';
import type { Settings } from './settings.ts';

/** Returns the key of a setting's row. Separate from the rows' schema, which workers need not load. */
export function settingKey(name: keyof Settings): ResourceKey {
  return resourceKey('Settings', '', name);
}
