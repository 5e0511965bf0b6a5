import { TypedExtensionConfig } from '../../../proto/gen/envoy/config/core/v3/extension.ts';
import { ExecuteFilterAction } from '../../../proto/gen/envoy/extensions/filters/http/composite/v3/composite.ts';
import { Any } from '../../../proto/gen/google/protobuf/any.ts';
import { contentHash } from '../../lib/hash.ts';
import type { PluginChainIR, PluginIR } from '../ir.ts';
import { encode, typeUrl } from './any.ts';
import { externalProcessor } from './ext-proc.ts';
import { luaFilter } from './lua.ts';
import { chainEntry } from './filter-slot.ts';
import type { EncodedResource } from './resource.ts';
import { field, joined, type Segments } from './segments.ts';
import { wasmFilter } from './wasm.ts';

export function chainResource({ part, chain, plugins }: PluginChainIR): EncodedResource {
  const filters = plugins.flatMap((plugin) => field(number.typedConfig, filter(plugin)));
  const action = field(number.filterChain, filters);
  const config = [encode(Any, { typeUrl: typeUrl(ExecuteFilterAction) }), ...field(number.value, action)];
  const extension = [encode(TypedExtensionConfig, { name: 'run' }), ...field(number.config, config)];
  const { bytes, blobs } = joined(chainEntry(chain, field(number.action, extension)));
  const version = contentHash(Buffer.concat([bytes, Buffer.from(blobs)]));
  return { typeUrl: typeUrl(TypedExtensionConfig), name: part, version, bytes, names: [], blob: blobs };
}

/** Fields around the filters of a chain, from the outside in. */
const number = { action: 2, config: 2, value: 2, filterChain: 4, typedConfig: 1 } as const;

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
