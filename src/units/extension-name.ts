import { resourceKey, type ResourceKey } from '../lib/key.ts';
import type { PluginName } from './unit-def.ts';

/** Returns the name of a plugin's HTTP filter, which Envoy shows in stats and errors. Different for every tenant. */
export function extensionName({ type, namespace, policy, index }: PluginName): string {
  return `${type}/${namespace}/${policy}/${index}`;
}

/** Key of the row of a plugin's module. An index has no dot, so no other plugin has the same key. */
export function wasmModuleKey(namespace: string, policy: string, index: number): ResourceKey {
  return resourceKey('WasmModule', namespace, `${policy}.${index}`);
}
