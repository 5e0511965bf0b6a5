import { Builder } from 'flatbuffers';
import { must } from '../lib/assert.ts';
import type { ReadKey } from '../lib/key.ts';
import { DerivedRowEntry } from '../../proto/gen/batch/derived-row-entry.ts';
import { FragmentEntry } from '../../proto/gen/batch/fragment-entry.ts';
import { NameEntry } from '../../proto/gen/batch/name-entry.ts';
import { OutcomeEntry } from '../../proto/gen/batch/outcome-entry.ts';
import { ResourceEntry } from '../../proto/gen/batch/resource-entry.ts';
import { RouteEntry } from '../../proto/gen/batch/route-entry.ts';
import { RuleEntry } from '../../proto/gen/batch/rule-entry.ts';
import { Span } from '../../proto/gen/batch/span.ts';
import { TranslateResult } from '../../proto/gen/batch/translate-result.ts';
import { Arena } from './arena.ts';
import { noOutput, type Outcome, type UnitOutput } from './outcome.ts';
import { ResultCursor } from './result-cursor.ts';
import { StructRows } from './struct-rows.ts';
import type { EncodedBatch } from './translate-batch.ts';

/** Outcome as a worker holds it: reads are positions in the batch's list of keys. */
export type WorkerOutcome =
  | {
      readonly kind: 'ok';
      readonly reads: readonly number[];
      readonly output: UnitOutput;
      readonly micros: number;
    }
  | {
      readonly kind: 'need';
      readonly reads: readonly number[];
      readonly needs: readonly ReadKey[];
      readonly micros: number;
    }
  | { readonly kind: 'later'; readonly reads: readonly number[] }
  | {
      readonly kind: 'fault';
      readonly reads: readonly number[];
      readonly message: string;
      readonly micros: number;
    };

/** Encodes one outcome for each unit of the batch, in its order, into an exact buffer that can be transferred. */
export function encodeResult(outcomes: readonly WorkerOutcome[]): Uint8Array<ArrayBuffer> {
  text.clear();
  data.clear();
  for (const rows of everyRows) rows.clear();
  for (const outcome of outcomes) addOutcome(outcome);
  builder.clear();
  const textOffset = builder.createByteVector(text.bytes);
  const dataOffset = builder.createByteVector(data.bytes);
  const offsets = new Map(everyRows.map((rows) => [rows, rows.vector(builder)] as const));
  const offset = (rows: StructRows): number => must(offsets.get(rows), 'vector');
  builder.finish(
    TranslateResult.createTranslateResult(
      builder,
      offset(outcomeEntries),
      offset(reads),
      offset(needs),
      offset(resources),
      offset(fragments),
      offset(routeEntries),
      offset(madeOf),
      offset(names),
      offset(refs),
      offset(attachments),
      offset(derivedRows),
      offset(rules),
      textOffset,
      dataOffset,
    ),
  );
  return builder.asUint8Array().slice();
}

/** Decodes a worker's answer. Copies everything out of `bytes`, so that one resource does not keep the others in memory. */
export function decodeResult(bytes: Uint8Array, batch: EncodedBatch): Outcome[] {
  const cursor = new ResultCursor(bytes);
  return batch.units.map((unit, i): Outcome => {
    const entry = cursor.outcome(i);
    const read = cursor
      .reads(entry.reads())
      .map((position) => must(batch.keys[position], 'key of the batch'));
    const micros = entry.micros();
    switch (entry.kind()) {
      case kinds.ok:
        return { kind: 'ok', unit, reads: read, output: cursor.output(entry), micros };
      case kinds.need:
        return { kind: 'need', unit, reads: read, needs: cursor.needs(entry.needs()), micros };
      case kinds.later:
        return { kind: 'later', unit, reads: read };
      default:
        return { kind: 'fault', unit, reads: read, message: cursor.message(entry), micros };
    }
  });
}

const kinds = { ok: 0, need: 1, fault: 2, later: 3 } as const satisfies Record<WorkerOutcome['kind'], number>;

// Encoding is synchronous, so one set of buffers serves every batch of the thread.
const text = new Arena();
const data = new Arena();
const builder = new Builder(64 * 1024);
const outcomeEntries = rowsOf(OutcomeEntry);
const reads = new StructRows(4, text, data);
const needs = rowsOf(Span);
const resources = rowsOf(ResourceEntry);
const fragments = rowsOf(FragmentEntry);
const routeEntries = rowsOf(RouteEntry);
const madeOf = rowsOf(Span);
const names = rowsOf(NameEntry);
const refs = rowsOf(Span);
const attachments = rowsOf(Span);
const derivedRows = rowsOf(DerivedRowEntry);
const rules = rowsOf(RuleEntry);
const everyRows = [
  outcomeEntries,
  reads,
  needs,
  resources,
  fragments,
  routeEntries,
  madeOf,
  names,
  refs,
  attachments,
  derivedRows,
  rules,
];

function rowsOf(struct: { sizeOf(): number }): StructRows {
  return new StructRows(struct.sizeOf(), text, data);
}

function addOutcome(outcome: WorkerOutcome): void {
  const output = outcome.kind === 'ok' ? outcome.output : noOutput;
  const wanted = outcome.kind === 'need' ? outcome.needs : [];
  const counts = [
    kinds[outcome.kind],
    outcome.reads.length,
    wanted.length,
    output.resources.length,
    output.fragments.length,
    output.refs.length,
    output.attachments.length,
    output.rows.length,
    output.rules.length,
    outcome.kind === 'later' ? 0 : outcome.micros,
  ];
  for (const count of counts) outcomeEntries.addNumber(count);
  outcomeEntries.addText(outcome.kind === 'fault' ? outcome.message : (output.report?.object ?? ''));
  outcomeEntries.addText(output.report?.status ?? '');
  outcomeEntries.addText(output.notices.length === 0 ? '' : JSON.stringify(output.notices));
  for (const position of outcome.reads) reads.addNumber(position);
  for (const key of wanted) needs.addText(key);
  addOutput(output);
}

function addOutput(output: UnitOutput): void {
  for (const resource of output.resources) {
    resources.addText(resource.typeUrl);
    resources.addText(resource.name);
    resources.addText(resource.version);
    resources.addText(resource.blob ?? '');
    resources.addBytes(resource.bytes);
    resources.addNumber(resource.madeOf.length);
    resources.addNumber(resource.names.length);
    for (const object of resource.madeOf) madeOf.addText(object);
    for (const { typeUrl, name } of resource.names) {
      names.addText(typeUrl);
      names.addText(name);
    }
  }
  for (const fragment of output.fragments) {
    fragments.addText(fragment.routeConfiguration);
    fragments.addText(fragment.domain);
    fragments.addText(fragment.owner);
    fragments.addText(fragment.version);
    fragments.addNumber(fragment.entries.length);
    fragments.addNumber(fragment.madeOf.length);
    for (const { order, rule, bytes } of fragment.entries) {
      routeEntries.addText(order);
      routeEntries.addText(rule);
      routeEntries.addBytes(bytes);
    }
    for (const object of fragment.madeOf) madeOf.addText(object);
  }
  for (const row of output.rows) {
    derivedRows.addText(row.key);
    derivedRows.addText(row.indexes.join('\n'));
    derivedRows.addText(row.follow.join('\n'));
    derivedRows.addText(row.units?.join('\n') ?? '');
    derivedRows.addBytes(row.bytes);
  }
  for (const rule of output.rules) {
    rules.addText(rule.rule);
    rules.addText(rule.refs.join('\n'));
    rules.addText(rule.absent.join('\n'));
  }
  for (const ref of output.refs) refs.addText(ref);
  for (const attachment of output.attachments) attachments.addText(attachment);
}
