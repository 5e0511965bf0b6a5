import { splitResourceKey } from '../../lib/key.ts';
import { extensionName, wasmModuleKey } from '../../resource/extension-name.ts';
import type { PluginName, PluginType } from '../../resource/unit.ts';
import type { FilterIR, RouteExtensionIR } from '../ir.ts';
import type { Reader } from '../reader.ts';
import type { AttachedPolicy } from './extension-policy.ts';
import { resolveScript } from './lua-script.ts';

/** A plugin of a policy, and what becomes of the requests that it is for. */
export interface Plugin {
  readonly name: PluginName;
  readonly onRoute: RouteExtensionIR;
  /** `bypassed`: it cannot run, and the policy says that requests go on without it. */
  readonly verdict: 'runs' | 'bypassed' | { readonly kind: 'respond'; readonly status: 500 | 503 };
  /** Whether listeners have its filter. They wait for the config of each, so it is one that there is. */
  readonly isServed: boolean;
}

/** Types of plugins in the order in which they run, which is Envoy Gateway's. */
const pluginTypes: readonly PluginType[] = ['lua', 'wasm'];

/** All plugins of a policy, or those of some types, in the order in which they run. */
export function pluginsOf(
  reader: Reader,
  policy: AttachedPolicy,
  types: readonly PluginType[] = pluginTypes,
): Plugin[] {
  return pluginTypes.flatMap((type) => (types.includes(type) ? ofType[type](reader, policy) : []));
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
    row.spec.lua.map((script, index) => {
      const isThere = resolveScript(reader, namespace, script).kind === 'script';
      const plugin = { type: 'lua', namespace, policy: name, index } as const;
      return {
        name: plugin,
        onRoute: { type: 'lua', name: extensionName(plugin), context: script.filterContext },
        verdict: isThere ? 'runs' : { kind: 'respond', status: 500 },
        isServed: isThere,
      };
    }),
  wasm(reader, { namespace, name, row }) {
    const keys = [...row.spec.wasm.keys()].map((index) => wasmModuleKey(namespace, name, index));
    reader.expect(keys);
    return row.spec.wasm.map(({ failOpen }, index) => {
      const key = splitResourceKey(wasmModuleKey(namespace, name, index));
      const isThere = reader.row('WasmModule', namespace, key.name)?.state === 'allowed';
      const plugin = { type: 'wasm', namespace, policy: name, index } as const;
      return {
        name: plugin,
        onRoute: { type: 'wasm', name: extensionName(plugin) },
        verdict: isThere ? 'runs' : failOpen ? 'bypassed' : { kind: 'respond', status: 503 },
        isServed: isThere,
      };
    });
  },
};

function comparePlugins(a: PluginName, b: PluginName): number {
  return (
    pluginTypes.indexOf(a.type) - pluginTypes.indexOf(b.type) ||
    compare(a.namespace, b.namespace) ||
    compare(a.policy, b.policy) ||
    a.index - b.index
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
