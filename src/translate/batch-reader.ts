import type { DecodedBatch } from '../batch/translate-batch.ts';
import { resourceKey, type IndexKey, type ReadKey, type ResourceKey } from '../lib/key.ts';
import type { Kind, RowTypes } from '../kinds/kinds.ts';
import { decodeRow } from '../kinds/decode.ts';
import type { Reader } from './reader.ts';

/** Ends a unit that already knows which rows its batch lacks. */
class RowsMissing extends Error {
  constructor() {
    super('rows missing');
  }
}

/**
 * Records every key. Rows are decoded once a batch for all of its units: a reader must never change one. A missing row
 * reads as absent and is noted; the unit goes on only to find others that are missing.
 */
export class BatchReader implements Reader {
  readonly #batch: DecodedBatch;
  readonly #decoded = new Map<number, unknown>();
  #reads = new Set<number>();
  #missing = new Set<ReadKey>();

  constructor(batch: DecodedBatch) {
    this.#batch = batch;
  }

  takeReads(): readonly number[] {
    const reads = [...this.#reads];
    this.#reads = new Set();
    return reads;
  }

  /** Returns keys that the batch lacks since the last call. With any, the unit's output is void. */
  takeMissing(): readonly ReadKey[] {
    const missing = [...this.#missing];
    this.#missing = new Set();
    return missing;
  }

  row<K extends Kind>(kind: K, namespace: string, name: string): RowTypes[K] | undefined {
    const position = this.#read(resourceKey(kind, namespace, name));
    if (position === undefined) return undefined;
    if (!this.#decoded.has(position)) {
      const bytes = this.#batch.row(position);
      this.#decoded.set(position, bytes === undefined ? undefined : decodeRow(kind, bytes));
    }
    return this.#decoded.get(position) as RowTypes[K] | undefined;
  }

  index(key: IndexKey): readonly ResourceKey[] {
    const position = this.#read(key);
    if (position === undefined) return [];
    let members = this.#decoded.get(position) as readonly ResourceKey[] | undefined;
    if (members === undefined) {
      const bytes = this.#batch.row(position) ?? new Uint8Array(0);
      members = bytes.length === 0 ? [] : (Buffer.from(bytes).toString().split('\n') as ResourceKey[]);
      this.#decoded.set(position, members);
    }
    return members;
  }

  expect(keys: readonly ReadKey[]): void {
    if (keys.every((key) => this.#batch.positions.has(key))) return;
    const wasWhole = this.#missing.size === 0;
    // All of them: the next batch may lack what this one has for another unit.
    for (const key of keys) this.#missing.add(key);
    if (wasWhole) throw new RowsMissing();
  }

  #read(key: ReadKey): number | undefined {
    const position = this.#batch.positions.get(key);
    if (position === undefined) this.#missing.add(key);
    else this.#reads.add(position);
    return position;
  }
}
