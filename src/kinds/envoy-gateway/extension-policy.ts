import { z } from 'zod';
import { resourceKey } from '../../lib/key.ts';
import { extProc } from './ext-proc.ts';
import type { Links } from '../json-row.ts';
import { jsonKind } from '../kind-def.ts';
import { namingLeftOut } from '../left-out.ts';
import { statusKeys } from '../indexes.ts';
import type { TargetKind } from '../target-kind.ts';
import {
  refuseMergeAboveRoutes,
  requireTarget,
  targetFallbacks,
  targetFields,
  targetIndexes,
} from '../policy-target.ts';
import { tolerant } from '../tolerant.ts';
import { luaScript } from './lua-script.ts';
import { policyStatusDef } from '../status-def.ts';
import { groupName, kindName, metadata, namespaceName, objectName } from '../shape/shape.ts';
import { objectUnit, unitName } from '../../units/unit.ts';

const maxPlugins = 16;

const objectReference = z.object({
  group: groupName.default(''),
  kind: kindName.default('Secret'),
  name: objectName,
  namespace: namespaceName.optional(),
});

const tls = z.object({ caCertificateRef: objectReference }).optional();
const sha256 = z
  .string()
  .regex(/^[a-f0-9]{64}$/, 'must be 64 lower-case hexadecimal digits')
  .optional();
const url = z.string().min(1).max(2048);

const code = z
  .object({
    type: z.enum(['HTTP', 'Image']),
    http: z
      .object({ url: url.regex(/^https?:\/\//, 'must begin with http:// or https://'), sha256, tls })
      .optional(),
    image: z.object({ url, sha256, pullSecretRef: objectReference.optional(), tls }).optional(),
    pullPolicy: z.enum(['IfNotPresent', 'Always']).optional(),
  })
  .superRefine((value, context) => {
    const field = value.type === 'HTTP' ? 'http' : 'image';
    if (value[field] !== undefined) return;
    context.addIssue({ code: 'custom', path: [field], message: `is required for type ${value.type}` });
  });

const plugin = z.object({
  name: z.string().max(253).optional(),
  rootID: z.string().max(253).optional(),
  code,
  /** Any JSON, which the plugin gets as text. */
  config: z
    .unknown()
    .optional()
    .transform((value) => (value === undefined ? undefined : JSON.stringify(value))),
  failOpen: z.boolean().default(false),
  env: z.object({ hostKeys: z.array(z.string().min(1).max(253)).max(64).default([]) }).prefault({}),
});

/** Fields that have no effect yet. */
const unsupported = ['dynamicModule'] as const;
const given = z
  .unknown()
  .optional()
  .transform((value) => value !== undefined);

const spec = tolerant(
  {
    ...targetFields,
    wasm: z.array(plugin).max(maxPlugins).default([]),
    lua: z.array(luaScript).max(maxPlugins).default([]),
    extProc: z.array(extProc).max(maxPlugins).default([]),
    dynamicModule: given,
    /** Lists that the policy lacks are then those of the policy that it would replace. */
    mergeType: z.enum(['StrategicMerge', 'JSONMerge']).optional(),
  },
  {
    ...targetFallbacks,
    wasm: [],
    lua: [],
    extProc: [],
    dynamicModule: false,
    mergeType: undefined,
  },
  (value, context) => {
    requireTarget(value, context);
    refuseMergeAboveRoutes(value, context);
  },
).transform(({ dynamicModule, ...rest }) => {
  const fields = { dynamicModule };
  return { ...rest, unsupported: unsupported.filter((field) => fields[field]) };
});

const extensionPolicy = namingLeftOut(z.object({ metadata, spec }));

export type ExtensionPolicyRow = z.infer<typeof extensionPolicy>;
export type WasmPlugin = z.infer<typeof plugin>;

/** Kinds that a policy can add plugins to. */
export const pluginTargets = [
  'Gateway',
  'ListenerSet',
  'HTTPRoute',
  'GRPCRoute',
  'TCPRoute',
  'TLSRoute',
  'UDPRoute',
] as const satisfies readonly TargetKind[];

export const extensionPolicyKind = jsonKind(
  {
    group: 'gateway.envoyproxy.io',
    kind: 'EnvoyExtensionPolicy',
    versions: ['v1alpha1'],
    plural: 'envoyextensionpolicies',
    scope: 'namespaced',
    role: 'policy',
    status: policyStatusDef,
    unit: { wave: 'reports', firstKeys: (object) => statusKeys('EnvoyExtensionPolicy', object) },
  },
  extensionPolicy,
  links,
  ({ spec: { lua, ...rest }, ...object }) => ({
    ...object,
    spec: { ...rest, lua: lua.map((script) => ({ ...script, inline: undefined, filterContext: undefined })) },
  }),
);

function links(row: ExtensionPolicyRow, namespace: string, name: string): Links {
  const policy = resourceKey('EnvoyExtensionPolicy', namespace, name);
  const modules = row.spec.wasm.map((_, index) =>
    unitName({ kind: 'WasmModule', namespace, policy: name, index }),
  );
  return {
    indexes: targetIndexes(row.spec, pluginTargets, namespace),
    units: [objectUnit(policy), ...modules],
    follow: [],
  };
}
