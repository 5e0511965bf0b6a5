import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

export const processorHeader = 'x-processor';

/**
 * Adds its name to the headers of every response, by gRPC without TLS.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/ext_proc/v3/external_processor.proto
 */
export class ExtProcServer {
  readonly name: string;
  port = 0;
  attributes: readonly string[] = [];
  readonly #server = new Server();

  constructor(name: string) {
    this.name = name;
    const process = {
      path: '/envoy.service.ext_proc.v3.ExternalProcessor/Process',
      requestStream: true,
      responseStream: true,
      requestSerialize: bytes,
      requestDeserialize: bytes,
      responseSerialize: bytes,
      responseDeserialize: bytes,
    };
    this.#server.addService({ process }, { process: (call: Call) => this.#serve(call) });
  }

  async start(): Promise<this> {
    this.port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      );
    });
    return this;
  }

  close(): void {
    this.#server.forceShutdown();
  }

  #serve(call: Call): void {
    call.on('data', (message: Buffer) => {
      const shown = fieldsOf(message);
      if (shown.has(field.attributes)) this.attributes = namesIn(shown.get(field.attributes) ?? []);
      if (shown.has(field.requestHeaders)) call.write(answer(field.toRequestHeaders));
      if (shown.has(field.responseHeaders)) call.write(answer(field.toResponseHeaders, this.name));
    });
    call.on('end', () => call.end());
    call.on('error', () => {});
  }
}

type Call = ServerDuplexStream<Buffer, Buffer>;

function bytes(value: Buffer): Buffer {
  return value;
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

/** An answer without a header changes nothing. */
function answer(number: number, value?: string): Buffer {
  const header = value === undefined ? new Uint8Array(0) : mutation(processorHeader, value);
  return Buffer.from(nested(nested(header, value === undefined ? undefined : 2, 1), number));
}

function mutation(key: string, value: string): Uint8Array {
  const header = new BinaryWriter();
  header.uint32(tag(1)).string(key);
  header.uint32(tag(3)).bytes(Buffer.from(value));
  return nested(nested(header.finish(), 1), 1);
}

/** Wraps the message in these fields, innermost first; undefined: in none. */
function nested(message: Uint8Array, ...numbers: readonly (number | undefined)[]): Uint8Array {
  return numbers.reduce<Uint8Array>(
    (inner, number) =>
      number === undefined ? inner : new BinaryWriter().uint32(tag(number)).bytes(inner).finish(),
    message,
  );
}

function tag(number: number): number {
  return (number << 3) | WireType.LengthDelimited;
}
