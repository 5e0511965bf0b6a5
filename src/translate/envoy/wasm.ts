import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { TypedExtensionConfig } from '../../../proto/gen/envoy/config/core/v3/extension.ts';
import { Wasm } from '../../../proto/gen/envoy/extensions/filters/http/wasm/v3/wasm.ts';
import { FailurePolicy, PluginConfig, VmConfig } from '../../../proto/gen/envoy/extensions/wasm/v3/wasm.ts';
import { Any } from '../../../proto/gen/google/protobuf/any.ts';
import { StringValue } from '../../../proto/gen/google/protobuf/wrappers.ts';
import { contentHash } from '../../lib/hash.ts';
import type { WasmIR } from '../ir.ts';
import { any, encode, typeUrl } from './any.ts';
import type { EncodedResource } from './resource.ts';

/**
 * The ECDS resource of a plugin, without the code at its end: a module is large and stays on the main thread, where xDS
 * puts it behind these bytes when it is sent. So the code is the last field of each message that it lies in.
 */
export function wasmResource(extension: WasmIR): EncodedResource {
  const { name, module } = extension;
  const code = behind(new Uint8Array(0), field.inlineBytes, {
    bytes: new Uint8Array(0),
    length: module.size,
  });
  const source = behind(new Uint8Array(0), field.local, code);
  const vm = behind(encode(VmConfig, vmConfig(extension)), field.code, source);
  const plugin = behind(encode(PluginConfig, pluginConfig(extension)), field.vmConfig, vm);
  const wasm = behind(new Uint8Array(0), field.config, plugin);
  const value = behind(encode(Any, { typeUrl: typeUrl(Wasm) }), field.value, wasm);
  const { bytes } = behind(encode(TypedExtensionConfig, { name }), field.typedConfig, value);
  const version = contentHash(Buffer.concat([bytes, Buffer.from(module.sha256)]));
  return { typeUrl: typeUrl(TypedExtensionConfig), name, version, bytes, names: [], blob: module.sha256 };
}

/** Numbers of the fields in which the code lies, from the outside in. */
const field = {
  typedConfig: 2,
  value: 2,
  config: 1,
  vmConfig: 3,
  code: 3,
  local: 1,
  inlineBytes: 2,
} as const;

/** A message of which only the beginning is there: `length` is that of the whole. */
interface Beginning {
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** The message, with `last` as its last field. */
function behind(message: Uint8Array, number: number, last: Beginning): Beginning {
  const head = new BinaryWriter()
    .uint32((number << 3) | lengthDelimited)
    .uint32(last.length)
    .finish();
  const bytes = Buffer.concat([message, head, last.bytes]);
  return { bytes, length: message.length + head.length + last.length };
}

const lengthDelimited = 2;

/** No machine is shared by two plugins: of two with one `vm_id` each could read what the other keeps. */
function vmConfig({ name, hostKeys }: WasmIR): VmConfig {
  return {
    vmId: name,
    runtime: 'envoy.wasm.runtime.v8',
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
