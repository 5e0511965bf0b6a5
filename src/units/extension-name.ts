import { resourceKey, type ResourceKey } from '../lib/key.ts';
import type { PluginName, PluginType } from './unit-def.ts';

/** ECDS name of a plugin, which is also that of its HTTP filter. No two Gateways' tenants share one. */
export function extensionName({ type, namespace, policy, index }: PluginName): string {
  return `${type}/${namespace}/${policy}/${index}`;
}

/** The inverse of {@link extensionName}. */
export function parseExtensionName(name: string): PluginName {
  const [type = '', namespace = '', policy = '', index = ''] = name.split('/');
  return { type: type as PluginType, namespace, policy, index: Number(index) };
}

/** Key of the row that says what is known of a plugin's code. An index has no dot in it, so this is one plugin's. */
export function wasmModuleKey(namespace: string, policy: string, index: number): ResourceKey {
  return resourceKey('WasmModule', namespace, `${policy}.${index}`);
}
