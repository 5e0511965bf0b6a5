import { z } from 'zod';

/** Settings that change translation. Each is a row, so that an edit of one translates only what reads it. */
export const settings = z.object({
  /** GatewayClasses with this `controllerName` belong to this Sluice. */
  controllerName: z.string(),
  /** Allows an endpoint on the proxy's own host, as the examples need; anywhere else that is an attack. */
  allowLoopbackEndpoints: z.boolean().default(false),
  /** Allows a Backend whose endpoints are names, which may lead to any address. */
  backendHostnames: z.boolean().default(false),
  /** Allows a Backend whose endpoints are sockets of the proxy's own host. */
  backendUnixSockets: z.boolean().default(false),
  /** Proxies run the Lua scripts of policies. */
  lua: z.boolean().default(false),
  /** Environment variables of the proxies that WASM plugins may read. */
  wasmHostKeys: z.array(z.string()).default([]),
  /** Kinds of restricting policies that Sluice does not support and whose absence does not stop requests. */
  /** Says which namespaces hostnames belong to. */
  hostnames: z
    .object({
      /** Owners that the operator names; `*.example.com` belongs to all hostnames that end so. */
      owners: z.array(z.tuple([z.string(), z.array(z.string())])),
      /** Any other hostname belongs to the namespace of the oldest route that names it. */
      firstCome: z.boolean(),
    })
    .default({ owners: [], firstCome: false }),
  /** Sluice runs the proxies, and so chooses the ports they bind and the addresses they are reached at. */
  managedProxies: z.boolean().default(false),
});

export type Settings = z.infer<typeof settings>;

/** A row has one setting. */
export type SettingRow = Partial<Settings>;

export const settingNames = Object.keys(settings.shape) as readonly (keyof Settings)[];
