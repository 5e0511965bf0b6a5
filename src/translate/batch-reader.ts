import type { DecodedBatch } from '../batch/translate-batch.ts';
import { resourceKey, type IndexKey, type ReadKey, type ResourceKey } from '../lib/key.ts';
import type { Kind, RowTypes } from '../kinds/kinds.ts';
import { decodeRow } from '../kinds/decode.ts';
import type { Reader } from './reader.ts';

/** Thrown to end a unit whose batch lacks rows; `translateBatch` turns it into the outcome `need`. */
export class RowsMissing extends Error {
  readonly keys: readonly ReadKey[];

  constructor(keys: readonly ReadKey[]) {
    super('rows missing');
    this.keys = keys;
  }
}

/**
 * Reads rows of one batch and records every key it was asked for. Rows are decoded once per batch, whichever units
 * read them, so a row must never be changed by its reader.
 */
export class BatchReader implements Reader {
  readonly #batch: DecodedBatch;
  readonly #decoded = new Map<number, unknown>();
  #reads = new Set<number>();

  constructor(batch: DecodedBatch) {
    this.#batch = batch;
  }

  /** Positions of the keys that were read since the last call. */
  takeReads(): readonly number[] {
    const reads = [...this.#reads];
    this.#reads = new Set();
    return reads;
  }

  row<K extends Kind>(kind: K, namespace: string, name: string): RowTypes[K] | undefined {
    const position = this.#read(resourceKey(kind, namespace, name));
    if (!this.#decoded.has(position)) {
      const bytes = this.#batch.row(position);
      this.#decoded.set(position, bytes === undefined ? undefined : decodeRow(kind, bytes));
    }
    return this.#decoded.get(position) as RowTypes[K] | undefined;
  }

  index(key: IndexKey): readonly ResourceKey[] {
    const position = this.#read(key);
    let members = this.#decoded.get(position) as readonly ResourceKey[] | undefined;
    if (members === undefined) {
      const bytes = this.#batch.row(position) ?? new Uint8Array(0);
      members = bytes.length === 0 ? [] : (Buffer.from(bytes).toString().split('\n') as ResourceKey[]);
      this.#decoded.set(position, members);
    }
    return members;
  }

  expect(keys: readonly ReadKey[]): void {
    const missing = keys.filter((key) => !this.#batch.positions.has(key));
    if (missing.length > 0) throw new RowsMissing(missing);
  }

  #read(key: ReadKey): number {
    const position = this.#batch.positions.get(key);
    if (position === undefined) throw new RowsMissing([key]);
    this.#reads.add(position);
    return position;
  }
}
