import type { ResourceKey } from '../lib/key.ts';

/** Members of one index. They are sorted and encoded when first read after a change, not at each change. */
export class Index {
  readonly members = new Set<ResourceKey>();
  #bytes: Uint8Array | undefined;

  get size(): number {
    return this.members.size;
  }

  /** The members in key order, one a line, as `batch/` hands them to a worker. */
  get bytes(): Uint8Array {
    this.#bytes ??= Buffer.from([...this.members].sort().join('\n'));
    return this.#bytes;
  }

  add(key: ResourceKey): void {
    this.members.add(key);
    this.#bytes = undefined;
  }

  delete(key: ResourceKey): void {
    this.members.delete(key);
    this.#bytes = undefined;
  }
}
