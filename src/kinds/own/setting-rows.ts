import type { z } from 'zod';
import { encodeJson } from '../json-row.ts';
import type { Row } from '../row.ts';
import { settingKey } from './settings-key.ts';
import { settingNames, settings } from './settings.ts';

export function settingRows(value: z.input<typeof settings>): Row[] {
  const all = settings.parse(value);
  return settingNames.map((name) => ({
    key: settingKey(name),
    bytes: encodeJson({ [name]: all[name] }),
    indexes: [],
    units: [],
    follow: [],
  }));
}
