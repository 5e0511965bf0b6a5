import { resourceKey } from '../../lib/key.ts';

/** The one row of kind Settings. Apart from the row's schema, which workers need not load. */
export const settingsKey = resourceKey('Settings', '', 'sluice');
