import type { DecodedBatch } from '../batch/translate-batch.ts';
import { resourceKey, type IndexKey, type ReadKey, type ResourceKey } from '../lib/key.ts';
import type { Kind, RowTypes } from '../kinds/kinds.ts';
import { decodeRow } from '../kinds/decode.ts';
import type { Reader } from './reader.ts';

/** Thrown to end a unit that can say at once which rows of its batch it lacks. */
class RowsMissing extends Error {
  constructor() {
    super('rows missing');
  }
}

/**
 * Reads rows of one batch and records every key it was asked for. Rows are decoded once per batch, whichever units
 * read them, so a row must never be changed by its reader.
 *
 * A row that the batch lacks reads as absent and is noted: the unit goes on for nothing, but to find out what else it lacks.
 * So it goes round as often as one row leads to another, and not once for each row that nothing has announced.
 */
export class BatchReader implements Reader {
  readonly #batch: DecodedBatch;
  readonly #decoded = new Map<number, unknown>();
  #reads = new Set<number>();
  #missing = new Set<ReadKey>();

  constructor(batch: DecodedBatch) {
    this.#batch = batch;
  }

  /** Positions of the keys that were read since the last call. */
  takeReads(): readonly number[] {
    const reads = [...this.#reads];
    this.#reads = new Set();
    return reads;
  }

  /** Keys that the batch lacks, and those announced with them, since the last call. With any, what the unit has made is void. */
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
    // All of them: what this batch has for another of its units, the next one may not have.
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
