import { once } from 'node:events';
import { createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

export const processorHeader = 'x-processor';

/**
 * Adds its name to the headers of every response, by gRPC without TLS. With `choosing` it adds that header to requests, and
 * asks for another choice of the route.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/ext_proc/v3/external_processor.proto
 */
export class ExtProcServer {
  readonly name: string;
  port = 0;
  attributes: readonly string[] = [];
  /** Envoy resets each stream that it has no more use for; by default, Node.js ends a connection of 1,000 resets. */
  readonly #server = createServer({ streamResetBurst: manyResets, streamResetRate: manyResets });
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #toRequests: Buffer;

  constructor(name: string, choosing?: { readonly header: string; readonly value: string }) {
    this.name = name;
    this.#toRequests = answer(field.toRequestHeaders, choosing && choice(choosing.header, choosing.value));
    this.#server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
    });
    this.#server.on('stream', (stream: ServerHttp2Stream) => this.#serve(stream));
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  close(): void {
    this.#server.close();
    for (const session of this.#sessions) session.destroy();
  }

  #serve(stream: ServerHttp2Stream): void {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    let left = Buffer.alloc(0);
    stream.on('data', (chunk: Buffer) => {
      left = Buffer.concat([left, chunk]);
      while (left.length >= prefixBytes && left.length >= prefixBytes + left.readUInt32BE(1)) {
        const end = prefixBytes + left.readUInt32BE(1);
        this.#answer(left.subarray(prefixBytes, end), stream);
        left = left.subarray(end);
      }
    });
    stream.on('end', () => stream.end());
    stream.on('error', () => {});
  }

  #answer(message: Buffer, stream: ServerHttp2Stream): void {
    const shown = fieldsOf(message);
    if (shown.has(field.attributes)) this.attributes = namesIn(shown.get(field.attributes) ?? []);
    if (shown.has(field.requestHeaders)) stream.write(framed(this.#toRequests));
    if (shown.has(field.responseHeaders))
      stream.write(framed(answer(field.toResponseHeaders, mutations(processorHeader, this.name))));
  }
}

const manyResets = 1_000_000;
/** A message follows a byte for its compression, and its length. */
const prefixBytes = 5;

function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

const field = {
  requestHeaders: 2,
  responseHeaders: 3,
  attributes: 9,
  toRequestHeaders: 1,
  toResponseHeaders: 2,
} as const;

/** Length-delimited fields by number, in order. */
function fieldsOf(message: Uint8Array): Map<number, Uint8Array[]> {
  const reader = new BinaryReader(message);
  const found = new Map<number, Uint8Array[]>();
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (type === WireType.LengthDelimited) found.set(number, [...(found.get(number) ?? []), reader.bytes()]);
    else reader.skip(type, number);
  }
  return found;
}

/** By filter: a map of Structs, which are maps of fields. */
function namesIn(filters: readonly Uint8Array[]): string[] {
  const entries = filters.flatMap((filter) => (fieldsOf(filter).get(2) ?? []).flatMap(structEntries));
  return entries.map((entry) => Buffer.from(fieldsOf(entry).get(1)?.[0] ?? []).toString());
}

function structEntries(struct: Uint8Array): Uint8Array[] {
  return fieldsOf(struct).get(1) ?? [];
}

/** An answer without content changes nothing. */
function answer(number: number, content: Uint8Array = new Uint8Array(0)): Buffer {
  return Buffer.from(nested(nested(content, 1), number));
}

function mutations(key: string, value: string): Uint8Array {
  return nested(mutation(key, value), 2);
}

/** Clears Envoy's route cache, too. */
function choice(key: string, value: string): Uint8Array {
  const clears = new BinaryWriter().uint32((5 << 3) | WireType.Varint).bool(true);
  return Buffer.concat([mutations(key, value), clears.finish()]);
}

function mutation(key: string, value: string): Uint8Array {
  const header = new BinaryWriter();
  header.uint32(tag(1)).string(key);
  header.uint32(tag(3)).bytes(Buffer.from(value));
  return nested(nested(header.finish(), 1), 1);
}

/** Wraps the message in these fields, innermost first. */
function nested(message: Uint8Array, ...numbers: readonly number[]): Uint8Array {
  return numbers.reduce<Uint8Array>(
    (inner, number) => new BinaryWriter().uint32(tag(number)).bytes(inner).finish(),
    message,
  );
}

function tag(number: number): number {
  return (number << 3) | WireType.LengthDelimited;
}
