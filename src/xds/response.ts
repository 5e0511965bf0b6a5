import type { XdsResource } from '../batch/outcome.ts';
import type { TypeUrl } from './type-url.ts';

export interface DeltaResponse {
  readonly typeUrl: TypeUrl;
  readonly nonce: string;
  readonly resources: readonly XdsResource[];
  readonly removed: readonly string[];
  /** Which Sluice answers; Envoy shows it as the stat `control_plane.identifier`. */
  readonly controlPlane: string;
}

/**
 * A DeltaDiscoveryResponse on the wire. Sizes are known beforehand, so each resource's bytes are copied once; a general
 * encoder would copy a large RouteConfiguration at each level of nesting.
 *
 * Fields: https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/discovery/v3/discovery.proto
 */
export function encodeDeltaResponse(response: DeltaResponse): Buffer {
  const typeUrlSize = Buffer.byteLength(response.typeUrl);
  const controlPlane = fieldSize(Buffer.byteLength(response.controlPlane));
  let size = fieldSize(typeUrlSize) + fieldSize(response.nonce.length) + fieldSize(controlPlane);
  for (const resource of response.resources) size += fieldSize(resourceSize(resource, typeUrlSize).resource);
  for (const name of response.removed) size += fieldSize(Buffer.byteLength(name));
  const writer = new FieldWriter(size);
  for (const resource of response.resources) {
    const sizes = resourceSize(resource, typeUrlSize);
    writer.header(2, sizes.resource);
    writer.text(1, resource.version);
    writer.header(2, sizes.any);
    writer.text(1, response.typeUrl);
    writer.bytes(2, resource.bytes);
    writer.text(3, resource.name);
  }
  writer.text(4, response.typeUrl);
  writer.text(5, response.nonce);
  for (const name of response.removed) writer.text(6, name);
  writer.header(7, controlPlane);
  writer.text(1, response.controlPlane);
  return writer.buffer;
}

/** Sizes of the `Resource` message and of the `Any` in it. */
function resourceSize(resource: XdsResource, typeUrlSize: number): { any: number; resource: number } {
  const any = fieldSize(typeUrlSize) + fieldSize(resource.bytes.length);
  const rest = fieldSize(resource.version.length) + fieldSize(Buffer.byteLength(resource.name));
  return { any, resource: fieldSize(any) + rest };
}

/** Size of a length-delimited field with a number below 16. */
function fieldSize(length: number): number {
  let varint = 1;
  for (let rest = length; rest >= 128; rest = Math.floor(rest / 128)) varint++;
  return 1 + varint + length;
}

class FieldWriter {
  readonly buffer: Buffer;
  #end = 0;

  constructor(size: number) {
    this.buffer = Buffer.allocUnsafe(size);
  }

  header(field: number, length: number): void {
    this.buffer[this.#end++] = field * 8 + 2;
    let rest = length;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.buffer[this.#end++] = (rest % 128) + 128;
    this.buffer[this.#end++] = rest;
  }

  text(field: number, text: string): void {
    this.header(field, Buffer.byteLength(text));
    this.#end += this.buffer.write(text, this.#end);
  }

  bytes(field: number, bytes: Uint8Array): void {
    this.header(field, bytes.length);
    this.buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }
}
