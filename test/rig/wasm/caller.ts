import wabt from 'wabt';

/** The plugin makes this call instead of forwarding a request. */
export type PluginCall =
  | {
      readonly kind: 'http';
      readonly cluster: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body?: Uint8Array;
    }
  | { readonly kind: 'grpc'; readonly service: Uint8Array };

/**
 * A hostile plugin: a header of a request says which call it makes, see {@link callHeaders}. Answers 200 with the
 * result, or 502 and `result N` of the host function.
 * https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1
 */
export async function callingPlugin(): Promise<Uint8Array> {
  const tools = await wabt();
  const parsed = tools.parseWat('caller.wat', text);
  try {
    return new Uint8Array(parsed.toBinary({}).buffer);
  } finally {
    parsed.destroy();
  }
}

export function callHeaders(call: PluginCall): Readonly<Record<string, string>> {
  const parts =
    call.kind === 'http'
      ? [Buffer.from(call.cluster), pairs(call.headers), Buffer.from(call.body ?? [])]
      : [Buffer.from(call.service), pairs({}), Buffer.alloc(0)];
  const head = Buffer.alloc(16);
  head.writeUInt32LE(call.kind === 'http' ? 0 : 1, 0);
  for (const [i, part] of parts.entries()) head.writeUInt32LE(part.length, 4 + 4 * i);
  return { [callHeader]: Buffer.concat([head, ...parts]).toString('hex') };
}

const callHeader = 'x-call';

function pairs(headers: Readonly<Record<string, string>>): Buffer {
  const texts = Object.entries(headers).map((pair) => pair.map((part) => Buffer.from(part)));
  const head = Buffer.alloc(4 + 8 * texts.length);
  head.writeUInt32LE(texts.length, 0);
  for (const [i, [name, value]] of texts.entries()) {
    head.writeUInt32LE(name?.length ?? 0, 4 + 8 * i);
    head.writeUInt32LE(value?.length ?? 0, 8 + 8 * i);
  }
  const nul = Buffer.alloc(1);
  return Buffer.concat([head, ...texts.flatMap((pair) => pair.flatMap((part) => [part, nul]))]);
}

const text = `(module
  (import "env" "proxy_get_header_map_value"
    (func $header (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_buffer_bytes"
    (func $buffer (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_http_call"
    (func $http (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_grpc_call"
    (func $grpc (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_send_local_response"
    (func $answer (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_effective_context"
    (func $context (param i32) (result i32)))
  (memory (export "memory") 256)
  (global $request (mut i32) (i32.const 0))
  (global $free (mut i32) (i32.const 65536))
  (data (i32.const 64) "\\00\\00\\00\\00")
  (data (i32.const 96) "result 00")
  (data (i32.const 128) "${callHeader}")

  (func (export "proxy_abi_version_0_2_1"))
  ;; Nothing is ever given back.
  (func (export "proxy_on_memory_allocate") (param $size i32) (result i32)
    (global.get $free)
    (global.set $free (i32.add (global.get $free) (local.get $size))))
  (func (export "proxy_on_context_create") (param i32 i32))
  (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 1))
  (func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 1))
  ;; Address and size of a buffer come to 16 and 20.
  (func $read (param $buffer i32) (result i32)
    (call $buffer (local.get $buffer) (i32.const 0) (i32.const 16777216) (i32.const 16) (i32.const 20)))

  ;; Value of a digit, 0 to 9 and a to f.
  (func $digit (param $at i32) (result i32) (local $char i32)
    (local.set $char (i32.load8_u (local.get $at)))
    (i32.sub (local.get $char)
      (select (i32.const 87) (i32.const 48) (i32.ge_u (local.get $char) (i32.const 97)))))

  ;; The call takes the place of the request, which waits with 1.
  (func (export "proxy_on_request_headers") (param $id i32) (param i32 i32) (result i32)
    (local $at i32) (local $i i32) (local $cluster i32) (local $headers i32) (local $body i32) (local $result i32)
    (global.set $request (local.get $id))
    (drop (call $header (i32.const 0)
      (i32.const 128) (i32.const ${callHeader.length}) (i32.const 16) (i32.const 20)))
    (local.set $at (i32.load (i32.const 16)))
    (loop $bytes
      (i32.store8 (i32.add (local.get $at) (local.get $i))
        (i32.add
          (i32.mul (i32.const 16)
            (call $digit (i32.add (local.get $at) (i32.mul (i32.const 2) (local.get $i)))))
          (call $digit (i32.add (local.get $at) (i32.add (i32.const 1) (i32.mul (i32.const 2) (local.get $i)))))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $bytes (i32.lt_u (i32.mul (i32.const 2) (local.get $i)) (i32.load (i32.const 20)))))
    (local.set $cluster (i32.add (local.get $at) (i32.const 16)))
    (local.set $headers (i32.add (local.get $cluster) (i32.load offset=4 (local.get $at))))
    (local.set $body (i32.add (local.get $headers) (i32.load offset=8 (local.get $at))))
    (local.set $result
      (if (result i32) (i32.eqz (i32.load (local.get $at)))
        (then (call $http
          (local.get $cluster) (i32.load offset=4 (local.get $at))
          (local.get $headers) (i32.load offset=8 (local.get $at))
          (local.get $body) (i32.load offset=12 (local.get $at))
          (i32.const 64) (i32.const 4)
          (i32.const 3000) (i32.const 24)))
        (else (call $grpc
          (local.get $cluster) (i32.load offset=4 (local.get $at))
          (i32.const 96) (i32.const 6) (i32.const 96) (i32.const 6)
          (i32.const 64) (i32.const 4)
          (i32.const 96) (i32.const 0)
          (i32.const 3000) (i32.const 24)))))
    (if (local.get $result) (then (call $say (local.get $result))))
    (if (i32.load (local.get $at)) (then (call $say (local.get $result))))
    (i32.const 1))

  ;; Result as two decimal digits.
  (func $say (param $result i32)
    (i32.store8 (i32.const 103) (i32.add (i32.const 48) (i32.div_u (local.get $result) (i32.const 10))))
    (i32.store8 (i32.const 104) (i32.add (i32.const 48) (i32.rem_u (local.get $result) (i32.const 10))))
    (drop (call $answer (i32.const 502) (i32.const 96) (i32.const 0)
      (i32.const 96) (i32.const 9) (i32.const 64) (i32.const 4) (i32.const -1))))

  ;; Buffer 4 is the body of the response to a call. The answer to it is of the request.
  (func (export "proxy_on_http_call_response") (param i32 i32 i32 i32 i32)
    (i32.store (i32.const 16) (i32.const 96))
    (i32.store (i32.const 20) (i32.const 0))
    (drop (call $read (i32.const 4)))
    (drop (call $context (global.get $request)))
    (drop (call $answer (i32.const 200) (i32.const 96) (i32.const 0)
      (i32.load (i32.const 16)) (i32.load (i32.const 20)) (i32.const 64) (i32.const 4) (i32.const -1)))))
`;
