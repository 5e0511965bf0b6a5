import { isLuaScript, type LuaScript } from '../../kinds/envoy-gateway/lua-script.ts';
import { setting, type Reader } from '../reader.ts';

export type ResolvedScript =
  | { readonly kind: 'script'; readonly text: string }
  | { readonly kind: 'invalid'; readonly path: string; readonly message: string };

/** Resolves a script without running it: proxies report if it is not Lua. */
export function resolveScript(
  reader: Reader,
  namespace: string,
  { type, inline, valueRef }: LuaScript,
): ResolvedScript {
  if (setting(reader, 'lua') !== true) return invalid('', 'is turned off by the option translate.lua');
  if (type === 'Inline') {
    if (inline !== undefined && isLuaScript(inline)) return { kind: 'script', text: inline };
    return invalid('.inline', noEntryPoint);
  }
  if (valueRef === undefined || !['', 'v1'].includes(valueRef.group) || valueRef.kind !== 'ConfigMap')
    return invalid('.valueRef', 'must be a ConfigMap');
  const { name } = valueRef;
  const configMap = reader.row('ConfigMap', namespace, name);
  if (configMap === undefined)
    return invalid('.valueRef.name', `ConfigMap ${namespace}/${name} does not exist`);
  const text = configMap.lua;
  if (text !== undefined && isLuaScript(text)) return { kind: 'script', text };
  return invalid('.valueRef.name', `the script in ConfigMap ${namespace}/${name} ${noEntryPoint}`);
}

const noEntryPoint = 'must define envoy_on_request or envoy_on_response';

function invalid(path: string, message: string): ResolvedScript {
  return { kind: 'invalid', path, message };
}
