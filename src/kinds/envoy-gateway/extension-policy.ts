import { z } from 'zod';
import { resourceKey, type IndexKey, type ReadKey, type UnitName } from '../../lib/key.ts';
import { extProc } from './ext-proc.ts';
import { policiesOf, selectorsIn } from '../indexes.ts';
import type { Links } from '../json-row.ts';
import { jsonKind } from '../kind-def.ts';
import { readable, tolerant } from '../tolerant.ts';
import type { Readable } from '../unreadable.ts';
import { luaScript } from './lua-script.ts';
import { policyStatusDef } from '../status-def.ts';
import { groupName, kindName, labelSelector, metadata, namespaceName, objectName } from '../shape/shape.ts';
import { objectUnit, unitName } from '../../units/unit.ts';

const gatewayGroup = 'gateway.networking.k8s.io';
const maxPlugins = 16;

/** Of whatever kind: what a target that Sluice does not have comes to is for translation to say. */
const targetReference = tolerant(
  {
    group: groupName.default(gatewayGroup),
    kind: kindName,
    name: objectName,
    /** Of a Gateway a listener, of an HTTPRoute a rule. */
    sectionName: objectName.optional(),
  },
  { group: '', kind: '', name: '', sectionName: undefined },
).transform(ofNoKind);

const targetSelector = tolerant(
  {
    group: groupName.default(gatewayGroup),
    kind: kindName,
    ...labelSelector.shape,
    namespaces: z
      .undefined('is not supported: a selector finds objects of the namespace of its policy')
      .optional(),
  },
  { group: '', kind: '', matchLabels: [], matchExpressions: [], namespaces: undefined },
).transform(({ group, kind, matchLabels, matchExpressions, unreadable }) =>
  ofNoKind({ group, kind, matchLabels, matchExpressions, unreadable }),
);

/** What cannot be read finds nothing: half a reference or half a selector would find what it does not mean. */
function ofNoKind<Target extends Readable & { readonly kind: string }>(target: Target): Target {
  return target.unreadable === undefined ? target : { ...target, kind: '' };
}

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

/** What Sluice does nothing with yet. */
const unsupported = ['dynamicModule'] as const;
const given = z
  .unknown()
  .optional()
  .transform((value) => value !== undefined);

const spec = tolerant(
  {
    targetRef: targetReference.optional(),
    targetRefs: z.array(targetReference).max(16).default([]),
    targetSelectors: z.array(targetSelector).max(16).default([]),
    wasm: z.array(plugin).max(maxPlugins).default([]),
    lua: z.array(luaScript).max(maxPlugins).default([]),
    extProc: z.array(extProc).max(maxPlugins).default([]),
    dynamicModule: given,
    /** Lists that the policy does not have are those of the policy that it would take the place of. */
    mergeType: z.enum(['StrategicMerge', 'JSONMerge']).optional(),
  },
  {
    targetRef: undefined,
    targetRefs: readable(targetReference),
    targetSelectors: readable(targetSelector),
    wasm: [],
    lua: [],
    extProc: [],
    dynamicModule: false,
    mergeType: undefined,
  },
  ({ targetRef, targetRefs, targetSelectors, mergeType }, context) => {
    const targets = [...(targetRef === undefined ? [] : [targetRef]), ...targetRefs, ...targetSelectors];
    if (targets.length === 0)
      context.addIssue({ code: 'custom', path: ['targetRefs'], message: 'a policy needs a target' });
    if (mergeType !== undefined && targets.some(({ kind }) => kind === 'Gateway'))
      context.addIssue({ code: 'custom', path: ['mergeType'], message: 'is for policies of routes alone' });
  },
).transform(
  ({ targetRef, targetRefs, targetSelectors, lua, extProc: processors, wasm, mergeType, ...rest }) => ({
    /** The older form of one target is a target like others, but for the path of what is wrong with it. */
    targetRef: targetRef?.unreadable && { unreadable: targetRef.unreadable },
    targetRefs:
      targetRef === undefined || targetRef.unreadable !== undefined ? targetRefs : [targetRef, ...targetRefs],
    targetSelectors,
    lua,
    extProc: processors,
    wasm,
    mergeType,
    unsupported: unsupported.filter((field) => rest[field]),
    unreadable: rest.unreadable,
  }),
);

const extensionPolicy = z.object({ metadata, spec });

export type ExtensionPolicyRow = z.infer<typeof extensionPolicy>;
export type WasmPlugin = z.infer<typeof plugin>;
export type PolicyTarget = z.infer<typeof targetReference>;

/** Envoy Gateway's kind: plugins for the routes of a Gateway, of one of its listeners, or of an HTTPRoute. */
export const extensionPolicyKind = jsonKind(
  {
    group: 'gateway.envoyproxy.io',
    kind: 'EnvoyExtensionPolicy',
    versions: ['v1alpha1'],
    plural: 'envoyextensionpolicies',
    scope: 'namespaced',
    role: 'policy',
    status: policyStatusDef,
  },
  extensionPolicy,
  links,
);

function links(
  { spec: { targetRefs, targetSelectors, wasm } }: ExtensionPolicyRow,
  namespace: string,
  name: string,
): Links {
  const indexes: IndexKey[] = targetRefs.map((target) => policiesOf(target.kind, namespace, target.name));
  if (targetSelectors.length > 0) indexes.push(selectorsIn(namespace));
  const units: UnitName[] = [objectUnit(resourceKey('EnvoyExtensionPolicy', namespace, name))];
  for (const index of wasm.keys())
    units.push(unitName({ kind: 'WasmModule', namespace, policy: name, index }));
  const follow: ReadKey[] = [];
  return { indexes, units, follow };
}
