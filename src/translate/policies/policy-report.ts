import { splitResourceKey } from '../../lib/key.ts';
import { wasmModuleKey } from '../../units/extension-name.ts';
import type { ExtensionPolicyRow } from '../../kinds/envoy-gateway/extension-policy.ts';
import type { WasmModuleRow } from '../../kinds/own/wasm-module.ts';
import type { Problem } from '../../kinds/row.ts';
import { describeUnreadable, unreadableParts, type Readable } from '../../kinds/unreadable.ts';
import { setting, type Reader } from '../reader.ts';
import { condition, type Condition } from '../conditions.ts';
import { missingSections } from './missing-sections.ts';
import { policiesAt, sectionsOf, type TargetObject } from './extension-policy.ts';
import { resolveProcessor } from '../filters/ext-proc.ts';
import { resolveScript } from '../filters/lua-script.ts';
import type { OurGateway } from '../attach/ownership.ts';
import { gatewayPolicies, gatewayTarget, routeTarget, targetRoutes } from './plugins.ts';
import { policyGateways } from './policy-gateways.ts';
import { isParent } from '../attach/attachment.ts';
import { resolveModule } from '../filters/wasm-module.ts';

/** Wanted status of an EnvoyExtensionPolicy: one entry for each of our Gateways that it is for. */
export interface PolicyReport {
  readonly ancestors: readonly {
    readonly ancestorRef: {
      readonly group: string;
      readonly kind: string;
      readonly namespace: string;
      readonly name: string;
    };
    readonly controllerName: string;
    readonly conditions: readonly Condition[];
  }[];
}

/** The API allows no more entries, of all controllers together. */
const maxAncestors = 16;

/** Undefined when it is for none of our Gateways. */
export function policyReport(reader: Reader, namespace: string, name: string): PolicyReport | undefined {
  const row = reader.row('EnvoyExtensionPolicy', namespace, name);
  const controllerName = setting(reader, 'controllerName');
  if (row === undefined || controllerName === undefined) return undefined;
  const gateways = policyGateways(reader, namespace, row);
  if (gateways.length === 0) return undefined;
  const modules = resolveModules(reader, namespace, row);
  const problems = [
    ...unreadableOf(row),
    ...row.spec.unsupported.map((field) => `spec.${field}: is not supported yet, so its routes answer 500`),
    ...invalidReferences(reader, namespace, row),
    ...modules.flatMap((found) => (found.kind === 'invalid' ? [found.problem] : [])),
  ];
  const ofModules = moduleConditions(reader, namespace, name, row, modules);
  const ancestors = gateways.slice(0, maxAncestors).map((gateway) => ({
    ancestorRef: {
      group: 'gateway.networking.k8s.io',
      kind: 'Gateway',
      namespace: gateway.namespace,
      name: gateway.name,
    },
    controllerName,
    conditions: [
      acceptedCondition(reader, namespace, name, row, gateway, problems),
      ...ofModules,
      ...mergedCondition(reader, row, gateway),
    ],
  }));
  return { ancestors };
}

/** What of the policy cannot be read, but for single targets, of which the others are as good as ever. */
function unreadableOf({ metadata, spec }: ExtensionPolicyRow): string[] {
  const own = { ...spec, targetRef: undefined, targetRefs: [], targetSelectors: [] };
  const problems = [...unreadableParts(metadata, 'metadata'), ...unreadableParts(own, 'spec')];
  return problems.length === 0 ? [] : [`${describeUnreadable(problems)}; its routes answer 500`];
}

/** Targets that the policy is in force at nowhere, with the paths of their fields; empty: none. */
function lostTargets(
  { spec: { targetRef, targetRefs, targetSelectors } }: ExtensionPolicyRow,
  missing: readonly Problem[],
): string {
  const problems = [
    ...missing,
    ...unreadableParts({ targetRef, targetRefs, targetSelectors }, 'spec'),
    ...otherKinds(targetRefs, 'spec.targetRefs'),
    ...otherKinds(targetSelectors, 'spec.targetSelectors'),
  ];
  return problems.length === 0 ? '' : `, but not at all of its targets: ${describeUnreadable(problems)}`;
}

/** Targets that can be read, of a kind that Sluice has no policies for. */
function otherKinds(targets: readonly (Readable & { readonly kind: string })[], path: string): Problem[] {
  return targets.flatMap(({ kind, unreadable }, i) =>
    unreadable !== undefined || kind === 'Gateway' || kind === 'HTTPRoute'
      ? []
      : [{ path: `${path}[${i}].kind`, message: `${kind} is not supported, Gateway and HTTPRoute are` }],
  );
}

function acceptedCondition(
  reader: Reader,
  namespace: string,
  name: string,
  row: ExtensionPolicyRow,
  gateway: OurGateway,
  problems: readonly string[],
): Condition {
  const { generation } = row.metadata;
  if (problems.length > 0) return condition('Accepted', 'False', generation, 'Invalid', problems.join('; '));
  const missing = missingSections(reader, namespace, row, gateway);
  if (missing.isAll) {
    const message = describeUnreadable(missing.problems);
    return condition('Accepted', 'False', generation, 'TargetNotFound', message);
  }
  const others = overruling(reader, namespace, name, row, gateway);
  if (others === undefined) {
    const message = `the policy is accepted${lostTargets(row, missing.problems)}`;
    return condition('Accepted', 'True', generation, 'Accepted', message);
  }
  const message = `an older policy has the same targets: ${others.join(', ')}`;
  return condition('Accepted', 'False', generation, 'Conflicted', message);
}

/** Those of scripts and external processors. */
function invalidReferences(reader: Reader, namespace: string, row: ExtensionPolicyRow): string[] {
  const scripts = row.spec.lua.flatMap((script, i) => {
    const resolved = resolveScript(reader, namespace, script);
    return resolved.kind === 'script' ? [] : [`spec.lua[${i}]${resolved.path}: ${resolved.message}`];
  });
  const processors = row.spec.extProc.flatMap((spec, i) => {
    const resolved = resolveProcessor(reader, namespace, spec);
    return resolved.kind === 'processor' ? [] : [`spec.extProc[${i}]${resolved.path}: ${resolved.message}`];
  });
  return [...scripts, ...processors];
}

/** Of each WASM plugin, what is wrong with what it refers to, with the path of the field, if anything is. */
type FoundModule = { readonly kind: 'wanted' } | { readonly kind: 'invalid'; readonly problem: string };

function resolveModules(reader: Reader, namespace: string, { spec }: ExtensionPolicyRow): FoundModule[] {
  return spec.wasm.map((plugin, i) => {
    const resolved = resolveModule(reader, namespace, plugin);
    if (resolved.kind === 'wanted') return { kind: 'wanted' };
    const problem = `spec.wasm[${i}].code.${resolved.path}: ${resolved.message}`;
    return { kind: 'invalid', problem };
  });
}

/** Envoy Gateway's condition of a policy that takes lists from others. */
function mergedCondition(reader: Reader, row: ExtensionPolicyRow, gateway: OurGateway): Condition[] {
  if (row.spec.mergeType === undefined) return [];
  const names = gatewayPolicies(reader, gateway).map((policy) => `${policy.namespace}/${policy.name}`);
  if (names.length === 0) return [];
  const message = `merged with ${[...new Set(names)].sort().join(', ')}, as routes come by its Gateway or listener`;
  return [condition('Merged', 'True', row.metadata.generation, 'Merged', message)];
}

/** The policies that decide in its place at all of its targets; undefined: it decides at one at least. */
function overruling(
  reader: Reader,
  namespace: string,
  name: string,
  row: ExtensionPolicyRow,
  gateway: OurGateway,
): string[] | undefined {
  const routes = targetRoutes(reader, namespace, row)
    .filter((route) => route.row.spec.parentRefs.some((ref) => isParent(gateway, ref, namespace)))
    .map(routeTarget);
  const targets: TargetObject[] =
    gateway.namespace === namespace ? [gatewayTarget(gateway), ...routes] : routes;
  const others = new Set<string>();
  for (const target of targets) {
    const deciding = policiesAt(reader, target);
    for (const section of sectionsOf(row, target)) {
      const policy = deciding.find(({ sectionName }) => sectionName === section);
      if (policy === undefined || policy.name === name) return undefined;
      others.add(`${policy.namespace}/${policy.name}`);
    }
  }
  return others.size === 0 ? undefined : [...others].sort();
}

/** What is known of the code of WASM plugins, where there are any; see `src/wasm`. */
function moduleConditions(
  reader: Reader,
  namespace: string,
  policy: string,
  { metadata: { generation } }: ExtensionPolicyRow,
  modules: readonly FoundModule[],
): Condition[] {
  if (modules.length === 0) return [];
  let reason = 'ResolvedRefs';
  const messages: string[] = [];
  for (const [index, found] of modules.entries()) {
    if (found.kind === 'invalid') {
      reason = 'Invalid';
      messages.push(found.problem);
      continue;
    }
    const key = wasmModuleKey(namespace, policy, index);
    const module = reader.row('WasmModule', namespace, splitResourceKey(key).name);
    const state = module?.state ?? 'unknown';
    if (state !== 'allowed' && reason === 'ResolvedRefs') reason = reasons[state];
    const message = moduleMessage(module);
    if (message !== undefined) messages.push(`spec.wasm[${index}].code: ${message}`);
  }
  if (reason !== 'ResolvedRefs')
    return [condition('ResolvedRefs', 'False', generation, reason, messages.join('; '))];
  const message = messages.length === 0 ? 'the code of every plugin is there' : messages.join('; ');
  return [condition('ResolvedRefs', 'True', generation, reason, message)];
}

const reasons = { unknown: 'Pending', denied: 'Denied', unreachable: 'Unreachable' } as const;

function moduleMessage(module: WasmModuleRow | undefined): string | undefined {
  if (module === undefined) return 'is about to be fetched';
  const { state, since, nextAttempt, message } = module;
  const next = nextAttempt === undefined ? '' : `; next attempt at ${nextAttempt}`;
  switch (state) {
    case 'unknown':
      return `is being fetched since ${since}`;
    case 'denied':
      return `may not be used since ${since}: ${message ?? 'denied'}${next}`;
    case 'unreachable':
      return `cannot be had since ${since}: ${message ?? 'no answer'}${next}`;
    case 'allowed':
      return message === undefined
        ? undefined
        : `runs as it was fetched; the last check failed: ${message}${next}`;
  }
}
