import { extensionName } from '../../units/extension-name.ts';
import type { PluginName } from '../../units/unit-def.ts';
import type { ExtProcIR, LuaIR, PluginIR } from '../ir.ts';
import type { Reader } from '../reader.ts';
import { resolveProcessor } from './ext-proc.ts';
import { resolveScript } from './lua-script.ts';
import { translateWasm } from './wasm-module.ts';

/** Resolves a plugin for the proxies; undefined while there is nothing to run. */
export function translatePlugin(reader: Reader, plugin: PluginName): PluginIR | undefined {
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
  return { type: 'lua', name: extensionName(plugin), script: resolved.text, context: script.filterContext };
}

function translateExtProc(reader: Reader, plugin: PluginName): ExtProcIR | undefined {
  const { namespace, policy, index } = plugin;
  const spec = reader.row('EnvoyExtensionPolicy', namespace, policy)?.spec.extProc[index];
  if (spec === undefined) return undefined;
  const found = resolveProcessor(reader, plugin, spec);
  if (found.kind === 'invalid') return undefined;
  const { request, response, allowModeOverride } = spec.processingMode;
  return {
    type: 'ext_proc',
    name: extensionName(plugin),
    cluster: found.cluster,
    authority: found.authority,
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
