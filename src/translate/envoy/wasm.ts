import { TypedExtensionConfig } from '../../../proto/gen/envoy/config/core/v3/extension.ts';
import { Wasm } from '../../../proto/gen/envoy/extensions/filters/http/wasm/v3/wasm.ts';
import { FailurePolicy, PluginConfig, VmConfig } from '../../../proto/gen/envoy/extensions/wasm/v3/wasm.ts';
import { Any } from '../../../proto/gen/google/protobuf/any.ts';
import { StringValue } from '../../../proto/gen/google/protobuf/wrappers.ts';
import type { WasmIR } from '../ir.ts';
import { any, encode, typeUrl } from './any.ts';
import { pluginCapabilities } from './plugin-capabilities.ts';
import { field, type Segments } from './segments.ts';

/** Encodes the filter of a WASM plugin without its code, which may have megabytes: xDS adds it when it sends. */
export function wasmFilter(plugin: WasmIR): Segments {
  const { name, module } = plugin;
  const source = field(number.local, field(number.inlineBytes, [module]));
  const vm = [encode(VmConfig, vmConfig(plugin)), ...field(number.code, source)];
  const config = [encode(PluginConfig, pluginConfig(plugin)), ...field(number.vmConfig, vm)];
  const value = field(number.value, field(number.config, config));
  return [
    encode(TypedExtensionConfig, { name }),
    ...field(number.typedConfig, [encode(Any, { typeUrl: typeUrl(Wasm) }), ...value]),
  ];
}

const number = {
  typedConfig: 2,
  value: 2,
  config: 1,
  vmConfig: 3,
  code: 3,
  local: 1,
  inlineBytes: 2,
} as const;

/** Gives each plugin a VM of its own: two with one `vm_id` could read each other's data. */
function vmConfig({ name, hostKeys }: WasmIR): VmConfig {
  return {
    vmId: name,
    runtime: 'envoy.wasm.runtime.v8',
    capabilityRestrictionConfig: { allowedCapabilities },
    ...(hostKeys.length === 0 ? {} : { environmentVariables: { hostEnvKeys: [...hostKeys] } }),
  };
}

function pluginConfig({ pluginName, rootId, configuration, failOpen }: WasmIR): PluginConfig {
  return {
    name: pluginName,
    ...(rootId === undefined ? {} : { rootId }),
    ...(configuration === undefined ? {} : { configuration: any(StringValue, { value: configuration }) }),
    failurePolicy: failOpen ? FailurePolicy.FAIL_OPEN : FailurePolicy.FAIL_CLOSED,
  };
}

const allowedCapabilities = new Map(pluginCapabilities.map((name) => [name, {}]));
