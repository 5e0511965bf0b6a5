import type { ExtensionPolicyRow } from '../../../kinds/envoy-gateway/extension-policy.ts';
import { pluginsFrom } from '../../../kinds/gateway-api/plugin-sources.ts';
import type { PluginType } from '../../../units/unit-def.ts';
import type { OurGateway } from '../../attach/ownership.ts';
import type { ChainPart } from './chain-parts.ts';

/**
 * Returns true when policies of the namespace may run code in the proxies of the Gateway. Code shares a process with the
 * requests of all tenants: a loop in it stops them, and it can call any backend of the Gateway.
 */
export function letsCodeIn(
  { namespace: own, pluginsFrom: others }: Pick<OurGateway, 'namespace' | 'pluginsFrom'>,
  namespace: string,
): boolean {
  return namespace === own || others.includes(namespace) || others.includes('*');
}

/** Types of plugins that are code. A processor is a Service, which the proxy calls. */
const codeTypes: readonly PluginType[] = ['lua', 'wasm'];

export function withoutCode({ policy, types }: ChainPart): ChainPart {
  return { policy, types: types.filter((type) => !codeTypes.includes(type)) };
}

/** Lists fields of a policy, below `spec`, that contain code. */
export function codeFields(
  { spec }: ExtensionPolicyRow,
  types: readonly PluginType[] = codeTypes,
): ('lua' | 'wasm')[] {
  const fields = { lua: spec.lua.length, wasm: spec.wasm.length };
  return (['lua', 'wasm'] as const).filter((type) => types.includes(type) && fields[type] > 0);
}

/** Returns true when requests may not pass without the code of the part. */
export function mustRunCode({ policy: { row }, types }: ChainPart): boolean {
  const fields = codeFields(row, types);
  return (
    fields.includes('lua') || (fields.includes('wasm') && row.spec.wasm.some(({ failOpen }) => !failOpen))
  );
}

/** Returns a message for the policy's author: the Gateway's owner has to permit the namespace. */
export function refusedCode({ namespace, name }: Pick<OurGateway, 'namespace' | 'name'>, of: string): string {
  return `Gateway ${namespace}/${name} runs no plugins of namespace ${of}: its owner names the namespace in the annotation ${pluginsFrom}`;
}
