import type { ExtensionIR } from '../ir.ts';
import { extProcResource } from './ext-proc.ts';
import { luaResource } from './lua.ts';
import type { EncodedResource } from './resource.ts';
import { wasmResource } from './wasm.ts';

/** The ECDS resource of a plugin. */
export function extensionResource(extension: ExtensionIR): EncodedResource {
  switch (extension.type) {
    case 'lua':
      return luaResource(extension);
    case 'ext_proc':
      return extProcResource(extension);
    case 'wasm':
      return wasmResource(extension);
  }
}
