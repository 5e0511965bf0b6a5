import { Fault } from './fault.ts';

/** An object of an API server has at most 1.5 MiB in etcd, and somewhat more as JSON. */
const maxLineBytes = 4 * 1024 * 1024;

const newline = 0x0a;

/** Cuts a watch's body into lines, as bytes. Bytes after the last newline wait for the next chunk. */
export class LineSplitter {
  #rest: Buffer[] = [];
  #restBytes = 0;

  get isWithinLine(): boolean {
    return this.#restBytes > 0;
  }

  *push(chunk: Buffer): Generator<Buffer> {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const piece = chunk.subarray(start, end);
      start = end + 1;
      this.#checkLength(piece);
      const line = this.#rest.length === 0 ? piece : Buffer.concat([...this.#rest, piece]);
      this.#rest = [];
      this.#restBytes = 0;
      if (line.length > 0) yield line;
    }
    const rest = chunk.subarray(start);
    this.#checkLength(rest);
    if (rest.length === 0) return;
    this.#rest.push(rest);
    this.#restBytes += rest.length;
  }

  #checkLength(piece: Buffer): void {
    if (this.#restBytes + piece.length > maxLineBytes)
      throw new Fault('garbled', `a line of the watch is longer than ${maxLineBytes} bytes`);
  }
}
