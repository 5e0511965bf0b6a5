import { Builder, ByteBuffer } from 'flatbuffers';
import type { ReadKey, UnitName } from '../lib/key.ts';
import { RowEntry } from '../../proto/gen/batch/row-entry.ts';
import { Span } from '../../proto/gen/batch/span.ts';
import { TranslateBatch } from '../../proto/gen/batch/translate-batch.ts';
import { Arena } from './arena.ts';
import { Spans } from './spans.ts';

export interface EncodedBatch {
  /** Exact buffer, to be transferred. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly units: readonly UnitName[];
  /** A result names the keys that were read by their position here. */
  readonly keys: readonly ReadKey[];
}

/** Holds units and rows of a batch as a worker sees them. Rows are views of the batch's own bytes. */
export interface DecodedBatch {
  readonly units: readonly UnitName[];
  readonly positions: ReadonlyMap<string, number>;
  /** Undefined: the store has no such object. */
  row(position: number): Uint8Array | undefined;
}

/** Encodes a batch in O(bytes of the rows). `read` gives the bytes of a row, undefined when there is no such object. */
export function encodeBatch(
  units: readonly UnitName[],
  keys: readonly ReadKey[],
  read: (key: ReadKey) => Uint8Array | undefined,
): EncodedBatch {
  text.clear();
  data.clear();
  for (const spans of [unitSpans, keySpans, rowSpans]) spans.clear();
  const found: boolean[] = [];
  for (const unit of units) unitSpans.addText(unit);
  for (const key of keys) {
    const row = read(key);
    keySpans.addText(key);
    rowSpans.addBytes(row ?? nothing);
    found.push(row !== undefined);
  }
  builder.clear();
  const textOffset = builder.createByteVector(text.bytes);
  const dataOffset = builder.createByteVector(data.bytes);
  TranslateBatch.startUnitsVector(builder, unitSpans.length);
  for (let i = unitSpans.length - 1; i >= 0; i--) {
    Span.createSpan(builder, unitSpans.offset(i), unitSpans.size(i));
  }
  const unitsOffset = builder.endVector();
  TranslateBatch.startRowsVector(builder, keySpans.length);
  for (let i = keySpans.length - 1; i >= 0; i--) {
    RowEntry.createRowEntry(
      builder,
      keySpans.offset(i),
      keySpans.size(i),
      rowSpans.offset(i),
      rowSpans.size(i),
      found[i] === true ? 1 : 0,
    );
  }
  const rowsOffset = builder.endVector();
  builder.finish(
    TranslateBatch.createTranslateBatch(builder, unitsOffset, rowsOffset, textOffset, dataOffset),
  );
  return { bytes: builder.asUint8Array().slice(), units, keys };
}

export function decodeBatch(bytes: Uint8Array): DecodedBatch {
  const batch = TranslateBatch.getRootAsTranslateBatch(new ByteBuffer(bytes));
  const names = asBuffer(batch.textArray());
  const rows = batch.dataArray() ?? nothing;
  const span = new Span();
  const units: UnitName[] = [];
  for (let i = 0; i < batch.unitsLength(); i++) {
    batch.units(i, span);
    units.push(names.toString('utf8', span.offset(), span.offset() + span.length()) as UnitName);
  }
  const entry = new RowEntry();
  const positions = new Map<string, number>();
  for (let i = 0; i < batch.rowsLength(); i++) {
    batch.rows(i, entry)?.key(span);
    positions.set(names.toString('utf8', span.offset(), span.offset() + span.length()), i);
  }
  return {
    units,
    positions,
    row(position) {
      batch.rows(position, entry)?.value(span);
      return entry.found() === 1 ? rows.subarray(span.offset(), span.offset() + span.length()) : undefined;
    },
  };
}

// Encoding is synchronous, so one set of buffers serves every batch of the thread.
const text = new Arena();
const data = new Arena();
const unitSpans = new Spans(text);
const keySpans = new Spans(text);
const rowSpans = new Spans(data);
const builder = new Builder(64 * 1024);
const nothing = new Uint8Array(0);

function asBuffer(bytes: Uint8Array | null): Buffer {
  return bytes === null ? Buffer.alloc(0) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
