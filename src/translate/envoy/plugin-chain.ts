import { TypedExtensionConfig } from '../../../proto/gen/envoy/config/core/v3/extension.ts';
import type { PluginChainIR, PluginIR } from '../ir.ts';
import { encode } from './any.ts';
import { externalProcessor } from './ext-proc.ts';
import { chainPart } from './filter-slot.ts';
import { luaFilter } from './lua.ts';
import type { EncodedResource } from './resource.ts';
import type { Segments } from './segments.ts';
import { wasmFilter } from './wasm.ts';

export function chainResource({ part, chain, plugins }: PluginChainIR): EncodedResource {
  return chainPart(part, chain, plugins.map(filter));
}

function filter(plugin: PluginIR): Segments {
  switch (plugin.type) {
    case 'lua':
      return [encode(TypedExtensionConfig, luaFilter(plugin))];
    case 'ext_proc':
      return [encode(TypedExtensionConfig, externalProcessor(plugin))];
    case 'wasm':
      return wasmFilter(plugin);
  }
}
