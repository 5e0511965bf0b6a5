import { partsOf, sizeOf, type ViewResource } from '../publish/view-resource.ts';
import type { TypeUrl } from '../publish/type-table.ts';

export interface DeltaResponse {
  readonly typeUrl: TypeUrl;
  readonly nonce: string;
  readonly resources: readonly ViewResource[];
  readonly removed: readonly string[];
  /** Name of this Sluice; Envoy shows it as the stat `control_plane.identifier`. */
  readonly controlPlane: string;
}

/**
 * DeltaDiscoveryResponse that is written when the transport has room. Sizes are known before, so each resource is
 * copied once, into the frame: Buffers would be allocated and copied at each level of nesting, for each proxy.
 *
 * It has `byteLength` and `copy`, all that grpc-js uses of a serialized message.
 *
 * Fields: https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/discovery/v3/discovery.proto
 */
export class DeltaMessage {
  readonly byteLength: number;
  readonly #response: DeltaResponse;
  readonly #typeUrlSize: number;
  readonly #controlPlaneSize: number;

  constructor(response: DeltaResponse) {
    this.#response = response;
    this.#typeUrlSize = Buffer.byteLength(response.typeUrl);
    this.#controlPlaneSize = fieldSize(Buffer.byteLength(response.controlPlane));
    let size =
      fieldSize(this.#typeUrlSize) + fieldSize(response.nonce.length) + fieldSize(this.#controlPlaneSize);
    for (const resource of response.resources)
      size += fieldSize(resourceSize(resource, this.#typeUrlSize).resource);
    for (const name of response.removed) size += fieldSize(Buffer.byteLength(name));
    this.byteLength = size;
  }

  copy(target: Buffer, start: number): number {
    const { typeUrl, nonce, resources, removed, controlPlane } = this.#response;
    const writer = new FieldWriter(target, start);
    for (const resource of resources) {
      const sizes = resourceSize(resource, this.#typeUrlSize);
      writer.header(2, sizes.resource);
      writer.text(1, resource.version);
      writer.header(2, sizes.any);
      writer.text(1, typeUrl);
      writer.header(2, sizeOf(resource));
      for (const part of partsOf(resource)) writer.bytes(part);
      writer.text(3, resource.name);
    }
    writer.text(4, typeUrl);
    writer.text(5, nonce);
    for (const name of removed) writer.text(6, name);
    writer.header(7, this.#controlPlaneSize);
    writer.text(1, controlPlane);
    return this.byteLength;
  }

  toBuffer(): Buffer {
    const buffer = Buffer.allocUnsafe(this.byteLength);
    this.copy(buffer, 0);
    return buffer;
  }
}

function resourceSize(resource: ViewResource, typeUrlSize: number): { any: number; resource: number } {
  const any = fieldSize(typeUrlSize) + fieldSize(sizeOf(resource));
  const rest = fieldSize(resource.version.length) + fieldSize(Buffer.byteLength(resource.name));
  return { any, resource: fieldSize(any) + rest };
}

/** Returns the size of a length-delimited field with a number below 16. */
function fieldSize(length: number): number {
  let varint = 1;
  for (let rest = length; rest >= 128; rest = Math.floor(rest / 128)) varint++;
  return 1 + varint + length;
}

class FieldWriter {
  readonly #buffer: Buffer;
  #end: number;

  constructor(buffer: Buffer, start: number) {
    this.#buffer = buffer;
    this.#end = start;
  }

  header(field: number, length: number): void {
    this.#buffer[this.#end++] = field * 8 + 2;
    let rest = length;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#buffer[this.#end++] = (rest % 128) + 128;
    this.#buffer[this.#end++] = rest;
  }

  text(field: number, text: string): void {
    this.header(field, Buffer.byteLength(text));
    this.#end += this.#buffer.write(text, this.#end);
  }

  bytes(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }
}
