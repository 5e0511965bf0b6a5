export interface ScannedResponse {
  readonly typeUrl: string;
  readonly nonce: string;
  readonly resources: number;
}

/** Keeps nothing of a resource, so that a thousand clients in one process cost next to nothing beside the server. */
export class ResponseScanner {
  readonly #onResponse: (response: ScannedResponse) => void;
  /** Unread bytes: less than a field without the resources. */
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes left of the message; undefined between two messages. */
  #left: number | undefined;
  /** Bytes left of a resource. */
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

  /** Undefined when there are too few bytes. */
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

/** A compression flag, and the length of the message. */
const prefixBytes = 5;
