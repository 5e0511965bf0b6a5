import { splitResourceKey } from '../../../lib/key.ts';
import { wasmModuleKey } from '../../../units/extension-name.ts';
import { pluginTargets, type ExtensionPolicyRow } from '../../../kinds/envoy-gateway/extension-policy.ts';
import { statusKeys } from '../../../kinds/indexes.ts';
import { settingKey } from '../../../kinds/own/settings-key.ts';
import type { WasmModuleRow } from '../../../kinds/own/wasm-module.ts';
import { describeUnreadable, unreadableParts } from '../../../kinds/unreadable.ts';
import type { ObjectName } from '../../../units/unit-def.ts';
import { ourGatewayKey } from '../../../units/listener-rows.ts';
import { readOurGateway } from '../../attach/ownership.ts';
import { setting, type Reader } from '../../reader.ts';
import { condition, type Condition } from '../../conditions.ts';
import { resolveProcessor } from '../../filters/ext-proc.ts';
import { resolveScript } from '../../filters/lua-script.ts';
import { resolveModule } from '../../filters/wasm-module.ts';
import { isBytesRouteKind } from '../../../kinds/route-kind.ts';
import { ancestorsOf, type Ancestor, type PlacedClaim } from '../attachment/ancestors.ts';
import { lostTargets } from '../attachment/lost-targets.ts';
import { objectText, policyReport, refusal, type PolicyReport } from '../attachment/policy-status.ts';
import { standing, standingKeys } from '../attachment/standing.ts';
import { ignoredSettings } from '../traffic/server-settings.ts';
import { codeFields, letsCodeIn, refusedCode } from './plugin-sources.ts';
import { choiceWarning, choosingPlugins, securedRouteKeys } from './route-choice.ts';

/** Returns undefined when the policy has no Gateway of this controller. */
export function extensionReport(reader: Reader, namespace: string, name: string): PolicyReport | undefined {
  reader.expect([settingKey('controllerName'), ...statusKeys(kind, { namespace, name })]);
  const row = reader.row(kind, namespace, name);
  const controllerName = setting(reader, 'controllerName');
  if (row === undefined || controllerName === undefined) return undefined;
  const ancestors = ancestorsOf(reader, kind, namespace, name);
  if (ancestors.length === 0) return undefined;
  const choosing = choosingPlugins(reader, namespace, row);
  reader.expect([
    ...standingKeys(kind, ancestors),
    ...(choosing.length === 0 ? [] : securedRouteKeys(ancestors)),
    ...ancestors.map(({ parent }) => ourGatewayKey(parent.namespace, parent.name)),
  ]);
  const modules = resolveModules(reader, namespace, row);
  const problems = [
    ...unreadableOf(row),
    ...row.spec.unsupported.map((field) => `spec.${field}: is not supported yet, so its routes answer 500`),
    ...invalidReferences(reader, { namespace, name }, row),
    ...modules.flatMap((found) => (found.kind === 'invalid' ? [found.problem] : [])),
  ];
  const ofModules = moduleConditions(reader, namespace, name, row, modules);
  const { generation } = row.metadata;
  const merges = row.spec.mergeType !== undefined;
  return policyReport(ancestors, controllerName, generation, (ancestor) => {
    const refused = refusedAt(reader, ancestor, namespace, row);
    return [
      acceptedCondition(row, ancestor, problems, refused),
      // A Gateway that does not permit the code does not fetch it.
      ...(refused === undefined ? ofModules : []),
      ...standing(reader, kind, ancestor, generation, merges),
      ...warnings(choiceWarning(reader, ancestor, choosing), generation),
    ];
  });
}

const kind = 'EnvoyExtensionPolicy';

function warnings(message: string | undefined, generation: number): Condition[] {
  return message === undefined ? [] : [condition('Warning', 'True', generation, 'Warnings', message)];
}

/** Returns the reason why the Gateway does not run the policy's code; undefined: none. */
function refusedAt(
  reader: Reader,
  { parent }: Ancestor,
  namespace: string,
  row: ExtensionPolicyRow,
): string | undefined {
  const fields = codeFields(row);
  const gateway = readOurGateway(reader, parent.namespace, parent.name);
  if (fields.length === 0 || gateway === undefined || letsCodeIn(gateway, namespace)) return undefined;
  return `${fields.map((field) => `spec.${field}`).join(', ')}: ${refusedCode(gateway, namespace)}`;
}

/** Lists unreadable parts of the policy, without single targets: the others are in force beside them. */
function unreadableOf({ metadata, spec }: ExtensionPolicyRow): string[] {
  const own = { ...spec, targetRef: undefined, targetRefs: [], targetSelectors: [] };
  const problems = [...unreadableParts(metadata, 'metadata'), ...unreadableParts(own, 'spec')];
  return problems.length === 0 ? [] : [`${describeUnreadable(problems)}; its routes answer 500`];
}

function acceptedCondition(
  row: ExtensionPolicyRow,
  { claims }: Ancestor,
  problems: readonly string[],
  refusedPlugins: string | undefined,
): Condition {
  const { generation } = row.metadata;
  const all = [...problems, ...(refusedPlugins === undefined ? [] : [refusedPlugins])];
  const reason = problems.length > 0 ? 'Invalid' : 'PluginsNotPermitted';
  if (all.length > 0) return condition('Accepted', 'False', generation, reason, all.join('; '));
  const refused = refusal(claims);
  if (refused !== undefined)
    return condition('Accepted', 'False', generation, refused.reason, refused.message);
  const leftOut = leftOutOf(row);
  const without = leftOut.length === 0 ? '' : `, without what is not supported: ${leftOut.join(', ')}`;
  const message = `the policy is accepted${without}${withoutRequests(claims)}${lostTargets(row.spec, claims, pluginTargets)}`;
  return condition('Accepted', 'True', generation, 'Accepted', message);
}

/** Lists the routes that Envoy Gateway's CRD admits as targets, though plugins see requests alone; empty: none. */
function withoutRequests(claims: readonly PlacedClaim[]): string {
  const routes = claims.flatMap(({ object }) =>
    isBytesRouteKind(splitResourceKey(object).kind) ? [objectText(object)] : [],
  );
  const names = [...new Set(routes)].join(', ');
  return routes.length === 0 ? '' : `, without effect at ${names}: plugins see requests of HTTP alone`;
}

function invalidReferences(
  reader: Reader,
  { namespace, name }: ObjectName,
  row: ExtensionPolicyRow,
): string[] {
  const scripts = row.spec.lua.flatMap((script, i) => {
    const resolved = resolveScript(reader, namespace, script);
    return resolved.kind === 'script' ? [] : [`spec.lua[${i}]${resolved.path}: ${resolved.message}`];
  });
  const processors = row.spec.extProc.flatMap((spec, i) => {
    const resolved = resolveProcessor(reader, { namespace, policy: name, index: i }, spec);
    return resolved.kind === 'processor' ? [] : [`spec.extProc[${i}]${resolved.path}: ${resolved.message}`];
  });
  return [...scripts, ...processors];
}

function leftOutOf({ leftOut = [], spec: { extProc } }: ExtensionPolicyRow): string[] {
  const ofServers = extProc.flatMap(({ backendSettings }, i) =>
    ignoredSettings(backendSettings, `spec.extProc[${i}].backendSettings`),
  );
  return [...leftOut, ...ofServers];
}

/** A WASM plugin whose code can be requested, or a problem with a reference, with the path of the field. */
type FoundModule = { readonly kind: 'wanted' } | { readonly kind: 'invalid'; readonly problem: string };

function resolveModules(reader: Reader, namespace: string, { spec }: ExtensionPolicyRow): FoundModule[] {
  return spec.wasm.map((plugin, i) => {
    const resolved = resolveModule(reader, namespace, plugin);
    if (resolved.kind === 'wanted') return { kind: 'wanted' };
    const problem = `spec.wasm[${i}].${resolved.path}: ${resolved.message}`;
    return { kind: 'invalid', problem };
  });
}

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
      return `cannot be fetched since ${since}: ${message ?? 'no answer'}${next}`;
    case 'allowed':
      return message === undefined
        ? undefined
        : `keeps running; the last check of it failed: ${message}${next}`;
  }
}
