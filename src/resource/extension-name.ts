import { resourceKey, type ResourceKey } from '../lib/key.ts';
import type { PluginName } from './unit.ts';

/** ECDS name of a plugin, which is also that of its HTTP filter. No two Gateways' tenants share one. */
export function extensionName({ namespace, policy, index }: PluginName): string {
  return `wasm/${namespace}/${policy}/${index}`;
}

/** The inverse of {@link extensionName}. */
export function parseExtensionName(name: string): PluginName {
  const [, namespace = '', policy = '', index = ''] = name.split('/');
  return { namespace, policy, index: Number(index) };
}

/** Key of the row that says what is known of a plugin's code. An index has no dot in it, so this is one plugin's. */
export function wasmModuleKey(namespace: string, policy: string, index: number): ResourceKey {
  return resourceKey('WasmModule', namespace, `${policy}.${index}`);
}
