import type { ResourceKey } from '../lib/key.ts';
import { bytesOfText } from '../lib/own-bytes.ts';

/** Members of one index, in key order. Bytes are made at the first read after a change. */
export class Index {
  readonly #members: ResourceKey[] = [];
  #bytes: Uint8Array | undefined;

  get members(): readonly ResourceKey[] {
    return this.#members;
  }

  get size(): number {
    return this.#members.length;
  }

  /** Members in key order, one a line, as `batch/` hands them to a worker. */
  get bytes(): Uint8Array {
    this.#bytes ??= bytesOfText(this.#members.join('\n'));
    return this.#bytes;
  }

  add(key: ResourceKey): void {
    const at = this.#position(key);
    if (this.#members[at] === key) return;
    this.#members.splice(at, 0, key);
    this.#bytes = undefined;
  }

  delete(key: ResourceKey): void {
    const at = this.#position(key);
    if (this.#members[at] !== key) return;
    this.#members.splice(at, 1);
    this.#bytes = undefined;
  }

  /** Returns the position of the key, or the one where it belongs. */
  #position(key: ResourceKey): number {
    let from = 0;
    let to = this.#members.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#members[middle] ?? '') < key) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
