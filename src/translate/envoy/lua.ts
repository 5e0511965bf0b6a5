import type { TypedExtensionConfig } from '../../../proto/gen/envoy/config/core/v3/extension.ts';
import { Lua } from '../../../proto/gen/envoy/extensions/filters/http/lua/v3/lua.ts';
import { contentHash } from '../../lib/hash.ts';
import type { LuaIR } from '../ir.ts';
import { any } from './any.ts';

/**
 * Encodes the filter of a Lua script. Filters of one script share a Lua state: those of all listeners, and the next one
 * when another chain of the slot changes, so that the script's variables survive that.
 */
export function luaFilter({ name, script, context }: LuaIR): TypedExtensionConfig {
  const inlineString = `${confinement} ${script}`;
  const lua: Lua = {
    defaultSourceCode: { specifier: { $case: 'inlineString', value: inlineString } },
    sharedVmId: `${name}/${contentHash(inlineString)}`,
    ...(context === undefined ? {} : { filterContext: JSON.parse(context) as Record<string, unknown> }),
  };
  return { name, typedConfig: any(Lua, lua) };
}

/**
 * Runs before the script, on its first line, so that line numbers in errors stay right. Envoy gives a script all of Lua's
 * libraries, and the proxy's files hold the keys of its Gateway. Removes every way out: files, programs and the
 * environment; other modules, LuaJIT's `ffi` among them; byte code, which nothing checks; and the metatables of Envoy's
 * objects, by which they can be destroyed. No two scripts share a Lua state.
 */
const confinement = [
  'os={clock=os.clock,date=os.date,difftime=os.difftime,time=os.time}',
  ...['io', 'package', 'require', 'module', 'debug', 'jit', 'ffi'].map(absent),
  ...['load', 'loadfile', 'loadstring', 'dofile', 'string.dump'].map(absent),
  ...['getmetatable', 'newproxy', 'getfenv', 'setfenv'].map(absent),
].join(' ');

function absent(name: string): string {
  return `${name}=nil`;
}
