import { extensionName } from '../../resource/extension-name.ts';
import type { PluginName } from '../../resource/unit.ts';
import type { ExtensionIR, LuaIR } from '../ir.ts';
import type { Reader } from '../reader.ts';
import { resolveScript } from './lua-script.ts';
import { translateWasm } from './wasm-module.ts';

/** The config of a plugin; undefined while there is nothing to run. */
export function translateExtension(reader: Reader, plugin: PluginName): ExtensionIR | undefined {
  switch (plugin.type) {
    case 'lua':
      return translateLua(reader, plugin);
    case 'wasm':
      return translateWasm(reader, plugin);
  }
}

function translateLua(reader: Reader, plugin: PluginName): LuaIR | undefined {
  const { namespace, policy, index } = plugin;
  const script = reader.row('EnvoyExtensionPolicy', namespace, policy)?.spec.lua[index];
  if (script === undefined) return undefined;
  const resolved = resolveScript(reader, namespace, script);
  if (resolved.kind === 'invalid') return undefined;
  return { type: 'lua', name: extensionName(plugin), script: resolved.text };
}
