import { extensionName } from '../../units/extension-name.ts';
import type { PluginName } from '../../units/unit-def.ts';
import type { ExtensionIR, ExtProcIR, LuaIR } from '../ir.ts';
import type { Reader } from '../reader.ts';
import { resolveScript } from './lua-script.ts';
import { translateWasm } from './wasm-module.ts';

/** The config of a plugin; undefined while there is nothing to run. */
export function translateExtension(reader: Reader, plugin: PluginName): ExtensionIR | undefined {
  switch (plugin.type) {
    case 'lua':
      return translateLua(reader, plugin);
    case 'ext_proc':
      return translateExtProc(reader, plugin);
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

function translateExtProc(reader: Reader, plugin: PluginName): ExtProcIR | undefined {
  const { namespace, policy, index } = plugin;
  const spec = reader.row('EnvoyExtensionPolicy', namespace, policy)?.spec.extProc[index];
  if (spec === undefined) return undefined;
  const { request, response, allowModeOverride } = spec.processingMode;
  return {
    type: 'ext_proc',
    name: extensionName(plugin),
    failOpen: spec.failOpen,
    messageTimeoutMs: spec.messageTimeout,
    request,
    response,
    allowModeOverride,
    isShadow: spec.shadowMode,
    ...spec.metadata,
    statusOnError: spec.statusOnError,
  };
}
