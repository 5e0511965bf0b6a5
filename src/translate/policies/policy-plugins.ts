import { splitResourceKey } from '../../lib/key.ts';
import { extensionName, wasmModuleKey } from '../../units/extension-name.ts';
import type { ExtensionPolicyRow } from '../../kinds/envoy-gateway/extension-policy.ts';
import type { PluginName, PluginType } from '../../units/unit-def.ts';
import type { FilterIR, RouteExtensionIR } from '../ir.ts';
import type { Reader } from '../reader.ts';
import { compareText } from '../attach/compare-text.ts';
import type { AttachedPolicy } from './extension-policy.ts';
import { processorKeys, resolveProcessor } from '../filters/ext-proc.ts';
import { resolveScript } from '../filters/lua-script.ts';

/** A plugin of a policy, and what becomes of the requests that it is for. */
export interface Plugin {
  readonly name: PluginName;
  readonly verdict: PluginVerdict;
  /** Whether listeners have its filter. They wait for the config of each, so it is one that there is. */
  readonly isServed: boolean;
}

export type PluginVerdict =
  | { readonly kind: 'runs'; readonly onRoute: RouteExtensionIR }
  /** It cannot run, and its policy says that requests go on without it. */
  | { readonly kind: 'bypassed' }
  | { readonly kind: 'respond'; readonly status: 500 | 503 };

/** Types of plugins in the order in which they run, which is Envoy Gateway's. */
export const pluginTypes: readonly PluginType[] = ['lua', 'ext_proc', 'wasm'];

/** All plugins of a policy, or those of some types, in the order in which they run. */
export function pluginsOf(
  reader: Reader,
  policy: AttachedPolicy,
  types: readonly PluginType[] = pluginTypes,
): Plugin[] {
  return pluginTypes.flatMap((type) => (types.includes(type) ? ofType[type](reader, policy) : []));
}

/** How many plugins of a type a policy has. */
export function pluginsIn({ spec }: ExtensionPolicyRow, type: PluginType): number {
  return { lua: spec.lua, ext_proc: spec.extProc, wasm: spec.wasm }[type].length;
}

/** Filters in the order in which they run: every route that has some of them has these in the same order. */
export function filtersOf(plugins: readonly Plugin[]): FilterIR[] {
  return plugins
    .map(({ name }) => name)
    .sort(comparePlugins)
    .map((name) => ({ name: extensionName(name), type: name.type }));
}

const ofType: Readonly<Record<PluginType, (reader: Reader, policy: AttachedPolicy) => Plugin[]>> = {
  lua: (reader, { namespace, name, row }) =>
    row.spec.lua.map((script, index): Plugin => {
      const plugin = { type: 'lua', namespace, policy: name, index } as const;
      if (resolveScript(reader, namespace, script).kind === 'invalid')
        return { name: plugin, verdict: invalid, isServed: false };
      const onRoute = { type: 'lua', name: extensionName(plugin), context: script.filterContext } as const;
      return { name: plugin, verdict: { kind: 'runs', onRoute }, isServed: true };
    }),
  ext_proc(reader, { namespace, name, row }) {
    reader.expect(row.spec.extProc.flatMap((spec) => processorKeys(namespace, spec)));
    return row.spec.extProc.map((spec, index): Plugin => {
      const plugin = { type: 'ext_proc', namespace, policy: name, index } as const;
      const found = resolveProcessor(reader, namespace, spec);
      if (found.kind === 'invalid')
        return { name: plugin, verdict: spec.failOpen ? bypassed : invalid, isServed: true };
      const { cluster, authority } = found;
      const onRoute = { type: 'ext_proc', name: extensionName(plugin), cluster, authority } as const;
      return { name: plugin, verdict: { kind: 'runs', onRoute }, isServed: true };
    });
  },
  wasm(reader, { namespace, name, row }) {
    const keys = row.spec.wasm.map((_, index) => wasmModuleKey(namespace, name, index));
    reader.expect(keys);
    return keys.map((key, index): Plugin => {
      const plugin = { type: 'wasm', namespace, policy: name, index } as const;
      const module = reader.row('WasmModule', namespace, splitResourceKey(key).name);
      if (module?.state !== 'allowed') {
        const isOpen = row.spec.wasm[index]?.failOpen === true;
        return { name: plugin, verdict: isOpen ? bypassed : unavailable, isServed: false };
      }
      const onRoute = { type: 'wasm', name: extensionName(plugin) } as const;
      return { name: plugin, verdict: { kind: 'runs', onRoute }, isServed: true };
    });
  },
};

const bypassed: PluginVerdict = { kind: 'bypassed' };
const invalid: PluginVerdict = { kind: 'respond', status: 500 };
const unavailable: PluginVerdict = { kind: 'respond', status: 503 };

function comparePlugins(a: PluginName, b: PluginName): number {
  return (
    pluginTypes.indexOf(a.type) - pluginTypes.indexOf(b.type) ||
    compareText(a.namespace, b.namespace) ||
    compareText(a.policy, b.policy) ||
    a.index - b.index
  );
}
