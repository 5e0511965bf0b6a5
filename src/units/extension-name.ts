import { resourceKey, type ResourceKey } from '../lib/key.ts';
import type { PluginName } from './unit-def.ts';

/** Name of a plugin's HTTP filter, in Envoy's words about it. No two tenants share one. */
export function extensionName({ type, namespace, policy, index }: PluginName): string {
  return `${type}/${namespace}/${policy}/${index}`;
}

/** Key of the row that says what is known of a plugin's code. An index has no dot in it, so this is one plugin's. */
export function wasmModuleKey(namespace: string, policy: string, index: number): ResourceKey {
  return resourceKey('WasmModule', namespace, `${policy}.${index}`);
}
