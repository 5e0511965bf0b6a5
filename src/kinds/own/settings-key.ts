import { resourceKey, type ResourceKey } from '../../lib/key.ts';
import type { Settings } from './settings.ts';

/** Key of a setting's row. Apart from the rows' schema, which workers need not load. */
export function settingKey(name: keyof Settings): ResourceKey {
  return resourceKey('Settings', '', name);
}
