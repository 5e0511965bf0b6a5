import { z } from 'zod';
import { encodeJson } from '../json-row.ts';
import type { Row } from '../row.ts';
import { settingsKey } from './settings-key.ts';

/** The part of the config file that changes what is translated. One row, `Settings//sluice`, read like any other. */
const settings = z.object({
  /** GatewayClasses with this `controllerName` are ours. */
  controllerName: z.string(),
  /** Whether an endpoint may be on the proxy's own host, as in the examples; anywhere else that is an attack. */
  allowLoopbackEndpoints: z.boolean().default(false),
  /** Whether proxies run the Lua scripts of policies. */
  lua: z.boolean().default(false),
  /** Kinds of policies without which requests are served, although they restrict and Sluice does not have them. */
  ignoredPolicies: z.array(z.string()).default([]),
  /** Whether Sluice runs the proxies, and so says what ports they bind and at which addresses they are reached. */
  managedProxies: z.boolean().default(false),
});

export type SettingsRow = z.infer<typeof settings>;

/** The settings as a row of the store. */
export function settingsRow(value: z.input<typeof settings>): Row {
  return {
    key: settingsKey,
    bytes: encodeJson(settings.parse(value)),
    indexes: [],
    units: [],
    follow: [],
  };
}
