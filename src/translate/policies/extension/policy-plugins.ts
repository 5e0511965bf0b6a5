import { splitResourceKey } from '../../../lib/key.ts';
import { wasmModuleKey } from '../../../units/extension-name.ts';
import type { ExtensionPolicyRow } from '../../../kinds/envoy-gateway/extension-policy.ts';
import type { PluginName, PluginType } from '../../../units/unit-def.ts';
import type { Reader } from '../../reader.ts';
import type { PolicyName } from '../../../units/plugin-chain.ts';
import { processorKeys, resolveProcessor } from '../../filters/ext-proc.ts';
import { resolveScript } from '../../filters/lua-script.ts';

export interface PolicyAt extends PolicyName {
  readonly row: ExtensionPolicyRow;
}

/** A plugin of a policy, and its effect on requests. */
export interface Plugin {
  readonly name: PluginName;
  readonly verdict: PluginVerdict;
}

export type PluginVerdict =
  | { readonly kind: 'runs' }
  /** Requests pass without it: it cannot run, and its policy allows that. */
  | { readonly kind: 'bypassed' }
  | { readonly kind: 'respond'; readonly status: 500 | 503 };

/** Types of plugins in the order in which they run, which is Envoy Gateway's. */
export const pluginTypes: readonly PluginType[] = ['lua', 'ext_proc', 'wasm'];

/** Returns the plugins of a policy, of all or some types, in the order in which they run. */
export function pluginsOf(
  reader: Reader,
  policy: PolicyAt,
  types: readonly PluginType[] = pluginTypes,
): Plugin[] {
  return pluginTypes.flatMap((type) => (types.includes(type) ? ofType[type](reader, policy) : []));
}

export function pluginsIn({ spec }: ExtensionPolicyRow, type: PluginType): number {
  return { lua: spec.lua, ext_proc: spec.extProc, wasm: spec.wasm }[type].length;
}

const ofType: Readonly<Record<PluginType, (reader: Reader, policy: PolicyAt) => Plugin[]>> = {
  lua: (reader, { namespace, name, row }) =>
    row.spec.lua.map((script, index): Plugin => {
      const isScript = resolveScript(reader, namespace, script).kind === 'script';
      return { name: { type: 'lua', namespace, policy: name, index }, verdict: isScript ? runs : invalid };
    }),
  ext_proc(reader, { namespace, name, row }) {
    reader.expect(row.spec.extProc.flatMap((spec) => processorKeys(namespace, spec)));
    return row.spec.extProc.map((spec, index): Plugin => {
      const isProcessor =
        resolveProcessor(reader, { namespace, policy: name, index }, spec).kind === 'processor';
      const verdict = isProcessor ? runs : spec.failOpen ? bypassed : invalid;
      return { name: { type: 'ext_proc', namespace, policy: name, index }, verdict };
    });
  },
  wasm(reader, { namespace, name, row }) {
    const keys = row.spec.wasm.map((_, index) => wasmModuleKey(namespace, name, index));
    reader.expect(keys);
    return keys.map((key, index): Plugin => {
      const module = reader.row('WasmModule', namespace, splitResourceKey(key).name);
      const isOpen = row.spec.wasm[index]?.failOpen === true;
      const verdict = module?.state === 'allowed' ? runs : isOpen ? bypassed : unavailable;
      return { name: { type: 'wasm', namespace, policy: name, index }, verdict };
    });
  },
};

const runs: PluginVerdict = { kind: 'runs' };
const bypassed: PluginVerdict = { kind: 'bypassed' };
const invalid: PluginVerdict = { kind: 'respond', status: 500 };
const unavailable: PluginVerdict = { kind: 'respond', status: 503 };
