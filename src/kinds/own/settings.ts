import { z } from 'zod';

/**
 * The part of the config file that changes what is translated. Each setting is a row, so that an edit of one translates what
 * reads that one.
 */
export const settings = z.object({
  /** GatewayClasses with this `controllerName` are ours. */
  controllerName: z.string(),
  /** Whether an endpoint may be on the proxy's own host, as in the examples; anywhere else that is an attack. */
  allowLoopbackEndpoints: z.boolean().default(false),
  /** Whether proxies run the Lua scripts of policies. */
  lua: z.boolean().default(false),
  /** Environment variables of the proxies that WASM plugins may read. */
  wasmHostKeys: z.array(z.string()).default([]),
  /** Kinds of policies without which requests are served, although they restrict and Sluice does not have them. */
  ignoredPolicies: z.array(z.string()).default([]),
  /** The namespaces that hostnames belong to. */
  hostnames: z
    .object({
      /** As the operator says; `*.example.com` is of all names that end so. */
      owners: z.array(z.tuple([z.string(), z.array(z.string())])),
      /** Any other one belongs to the namespace of the oldest route that names it. */
      firstCome: z.boolean(),
    })
    .default({ owners: [], firstCome: false }),
  /** Whether Sluice runs the proxies, and so says what ports they bind and at which addresses they are reached. */
  managedProxies: z.boolean().default(false),
});

export type Settings = z.infer<typeof settings>;

/** The row of one setting has that one. */
export type SettingRow = Partial<Settings>;

export const settingNames = Object.keys(settings.shape) as readonly (keyof Settings)[];
