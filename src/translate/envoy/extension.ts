import type { ExtensionIR } from '../ir.ts';
import { luaResource } from './lua.ts';
import type { EncodedResource } from './resource.ts';
import { wasmResource } from './wasm.ts';

/** The ECDS resource of a plugin. */
export function extensionResource(extension: ExtensionIR): EncodedResource {
  switch (extension.type) {
    case 'lua':
      return luaResource(extension);
    case 'wasm':
      return wasmResource(extension);
  }
}
