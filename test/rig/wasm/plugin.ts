import wabt from 'wabt';

export const pluginHeader = 'x-plugin';

/**
 * Adds `x-plugin` with the value to every response. Compiled from text, to be readable here:
 * https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1
 * `padding` adds so many bytes without a meaning.
 */
export async function plugin(value: string, padding = 0): Promise<Uint8Array> {
  return compiled(textOf(pluginHeader, value, padding, toResponses));
}

/** Adds the header to every request. Envoy chooses the route again after that. */
export async function choosingPlugin(header: string, value: string): Promise<Uint8Array> {
  return compiled(textOf(header, value, 0, toRequests));
}

async function compiled(text: string): Promise<Uint8Array> {
  const tools = await wabt();
  const parsed = tools.parseWat('plugin.wat', text);
  try {
    return new Uint8Array(parsed.toBinary({}).buffer);
  } finally {
    parsed.destroy();
  }
}

/** Calls of the proxy, and the numbers of the headers' maps. */
const toRequests = { call: 'proxy_on_request_headers', map: 0 } as const;
const toResponses = { call: 'proxy_on_response_headers', map: 2 } as const;

function textOf(
  header: string,
  value: string,
  padding: number,
  { call, map }: typeof toRequests | typeof toResponses,
): string {
  return `(module
  (import "env" "proxy_add_header_map_value"
    (func $add (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") ${2 + Math.ceil(padding / 65_536)})
  (global $free (mut i32) (i32.const 4096))
  (data (i32.const 16) "${header}")
  (data (i32.const 256) "${value}")
  (data (i32.const 131072) "${'0123456789abcdef'.repeat(Math.ceil(padding / 16))}")

  (func (export "proxy_abi_version_0_2_1"))
  ;; Room for what the proxy tells: nothing is ever given back, and little is ever asked for.
  (func (export "proxy_on_memory_allocate") (param $size i32) (result i32)
    (global.get $free)
    (global.set $free (i32.add (global.get $free) (local.get $size))))
  (func (export "proxy_on_context_create") (param i32 i32))
  (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 1))
  (func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 1))
  ;; The result 0 goes on.
  (func (export "${call}") (param i32 i32 i32) (result i32)
    (drop (call $add (i32.const ${map})
      (i32.const 16) (i32.const ${header.length})
      (i32.const 256) (i32.const ${value.length})))
    (i32.const 0)))`;
}
