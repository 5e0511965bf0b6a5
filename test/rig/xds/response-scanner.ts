/** Describes what a light client reads of one response. */
export interface ScannedResponse {
  readonly typeUrl: string;
  readonly nonce: string;
  readonly resources: number;
}

/**
 * Reads a stream of gRPC messages that are DeltaDiscoveryResponses, and keeps nothing of a resource: a thousand clients
 * in one process then cost the machine next to nothing beside the server that is measured.
 */
export class ResponseScanner {
  readonly #onResponse: (response: ScannedResponse) => void;
  /** Holds what could not be read yet: less than a field without the resources. */
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes of the message that are still to come; undefined between two messages. */
  #left: number | undefined;
  /** Bytes of a resource that are still to come. */
  #skip = 0;
  #resources = 0;
  #typeUrl = '';
  #nonce = '';

  constructor(onResponse: (response: ScannedResponse) => void) {
    this.#onResponse = onResponse;
  }

  push(chunk: Buffer): void {
    const data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let at = 0;
    for (;;) {
      const read = this.#step(data, at);
      if (read === undefined) break;
      at += read;
    }
    // A copy: a slice would keep the whole chunk.
    this.#rest = at < data.length ? Buffer.from(data.subarray(at)) : none;
  }

  /** Reads one thing; returns its bytes, or undefined when there are too few. */
  #step(data: Buffer, at: number): number | undefined {
    const available = data.length - at;
    if (this.#skip > 0) {
      const skipped = Math.min(this.#skip, available);
      this.#skip -= skipped;
      this.#left = (this.#left ?? 0) - skipped;
      return skipped > 0 ? skipped : undefined;
    }
    if (this.#left === 0) {
      this.#left = undefined;
      this.#onResponse({ typeUrl: this.#typeUrl, nonce: this.#nonce, resources: this.#resources });
      this.#resources = 0;
      return 0;
    }
    if (this.#left === undefined) {
      if (available < prefixBytes) return undefined;
      this.#left = data.readUInt32BE(at + 1);
      return prefixBytes;
    }
    return this.#field(data, at, this.#left);
  }

  /** All fields of a DeltaDiscoveryResponse are length-delimited. */
  #field(data: Buffer, at: number, left: number): number | undefined {
    let size = 0;
    let end = at + 1;
    for (let shift = 0; ; shift += 7) {
      const byte = data[end++];
      if (byte === undefined) return undefined;
      size += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    const number = (data[at] ?? 0) >> 3;
    if (number === 2) {
      this.#resources++;
      this.#skip = size;
      this.#left = left - (end - at);
      return end - at;
    }
    if (data.length < end + size) return undefined;
    if (number === 4) this.#typeUrl = data.toString('latin1', end, end + size);
    if (number === 5) this.#nonce = data.toString('latin1', end, end + size);
    this.#left = left - (end + size - at);
    return end + size - at;
  }
}

const none = Buffer.alloc(0);

/** Length of what precedes a gRPC message: whether it is compressed, and its length. */
const prefixBytes = 5;
