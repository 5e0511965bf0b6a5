/** Cuts a stream of bytes into gRPC messages; a large one is put together once. */
export class GrpcMessages {
  readonly #onMessage: (message: Buffer) => void;
  #chunks: Buffer[] = [];
  #length = 0;

  constructor(onMessage: (message: Buffer) => void) {
    this.#onMessage = onMessage;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    while (this.#length >= prefixBytes) {
      const needed = prefixBytes + this.#head().readUInt32BE(1);
      if (this.#length < needed) return;
      const all = Buffer.concat(this.#chunks);
      this.#chunks = all.length > needed ? [all.subarray(needed)] : [];
      this.#length = all.length - needed;
      this.#onMessage(all.subarray(prefixBytes, needed));
    }
  }

  #head(): Buffer {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= prefixBytes) return first;
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }
}

/** A compression flag, and the length of the message. */
const prefixBytes = 5;
