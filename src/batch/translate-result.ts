import { Builder } from 'flatbuffers';
import { must } from '../lib/assert.ts';
import type { ReadKey } from '../lib/key.ts';
import { FragmentEntry } from '../../proto/gen/batch/fragment-entry.ts';
import { OutcomeEntry } from '../../proto/gen/batch/outcome-entry.ts';
import { ResourceEntry } from '../../proto/gen/batch/resource-entry.ts';
import { Span } from '../../proto/gen/batch/span.ts';
import { TranslateResult } from '../../proto/gen/batch/translate-result.ts';
import { Arena } from './arena.ts';
import type { Outcome, UnitOutput } from './outcome.ts';
import { ResultCursor } from './result-cursor.ts';
import { Spans } from './spans.ts';
import type { EncodedBatch } from './translate-batch.ts';

/** An outcome as the worker has it: what was read is positions in the batch's key list, not the keys themselves. */
export type WorkerOutcome =
  | {
      readonly kind: 'ok';
      readonly reads: readonly number[];
      readonly output: UnitOutput;
      readonly micros: number;
    }
  | { readonly kind: 'need'; readonly reads: readonly number[]; readonly needs: readonly ReadKey[] }
  | { readonly kind: 'fault'; readonly reads: readonly number[]; readonly message: string };

/** One outcome per unit of the batch, in its order. The bytes are an exact buffer of their own, to be transferred. */
export function encodeResult(outcomes: readonly WorkerOutcome[]): Uint8Array<ArrayBuffer> {
  text.clear();
  data.clear();
  for (const spans of allSpans) spans.clear();
  resourceCounts.length = 0;
  fragmentCounts.length = 0;
  const reads: number[] = [];
  for (const outcome of outcomes) {
    for (const position of outcome.reads) reads.push(position);
    if (outcome.kind === 'need') for (const key of outcome.needs) needs.addText(key);
    if (outcome.kind === 'ok') addOutput(outcome.output);
    const report = outcome.kind === 'ok' ? outcome.output.report : undefined;
    heads.addText(outcome.kind === 'fault' ? outcome.message : (report?.object ?? ''));
    heads.addText(report?.status ?? '');
  }
  return finish(outcomes, reads);
}

/** Reads a worker's answer. Everything is copied out of `bytes`, so keeping one resource does not keep the others. */
export function decodeResult(bytes: Uint8Array, batch: EncodedBatch): Outcome[] {
  const cursor = new ResultCursor(bytes);
  return batch.units.map((unit, i): Outcome => {
    const entry = cursor.outcome(i);
    const read = cursor
      .reads(entry.reads())
      .map((position) => must(batch.keys[position], 'key of the batch'));
    switch (entry.kind()) {
      case kindOk:
        return { kind: 'ok', unit, reads: read, output: cursor.output(entry), micros: entry.micros() };
      case kindNeed:
        return { kind: 'need', unit, reads: read, needs: cursor.needs(entry.needs()) };
      default:
        return { kind: 'fault', unit, reads: read, message: cursor.message(entry) };
    }
  });
}

const kindOk = 0;
const kindNeed = 1;
const kindFault = 2;

// Encoding is synchronous, so one set of buffers serves every batch of the thread.
const text = new Arena();
const data = new Arena();
const needs = new Spans(text);
const refs = new Spans(text);
const attachments = new Spans(text);
const heads = new Spans(text);
const resourceTexts = new Spans(text);
const resourceValues = new Spans(data);
const madeOf = new Spans(text);
const names = new Spans(text);
/** Counts of each resource: of `madeOf`, and of `names`. */
const resourceCounts: number[] = [];
const fragmentTexts = new Spans(text);
/** Counts of each fragment: of `routeValues`, and of `madeOf`. */
const fragmentCounts: number[] = [];
const routeTexts = new Spans(text);
const routeValues = new Spans(data);
const rowTexts = new Spans(text);
const rowValues = new Spans(data);
const ruleTexts = new Spans(text);
const ruleAbsent = new Spans(text);
const allSpans = [
  rowTexts,
  rowValues,
  ruleTexts,
  ruleAbsent,
  needs,
  refs,
  attachments,
  heads,
  resourceTexts,
  resourceValues,
  madeOf,
  names,
  fragmentTexts,
  routeTexts,
  routeValues,
];
const builder = new Builder(64 * 1024);

function addOutput(output: UnitOutput): void {
  for (const resource of output.resources) {
    resourceTexts.addText(resource.typeUrl);
    resourceTexts.addText(resource.name);
    resourceTexts.addText(resource.version);
    resourceTexts.addText(resource.blob ?? '');
    resourceValues.addBytes(resource.bytes);
    for (const object of resource.madeOf) madeOf.addText(object);
    for (const { typeUrl, name } of resource.names) {
      names.addText(typeUrl);
      names.addText(name);
    }
    resourceCounts.push(resource.madeOf.length, resource.names.length);
  }
  for (const fragment of output.fragments) {
    fragmentTexts.addText(fragment.routeConfiguration);
    fragmentTexts.addText(fragment.domain);
    fragmentTexts.addText(fragment.owner);
    fragmentTexts.addText(fragment.version);
    for (const { order, rule, bytes } of fragment.entries) {
      routeTexts.addText(order);
      routeTexts.addText(rule);
      routeValues.addBytes(bytes);
    }
    for (const object of fragment.madeOf) madeOf.addText(object);
    fragmentCounts.push(fragment.entries.length, fragment.madeOf.length);
  }
  for (const row of output.rows) {
    rowTexts.addText(row.key);
    rowTexts.addText(row.indexes.join('\n'));
    rowTexts.addText(row.follow.join('\n'));
    rowValues.addBytes(row.bytes);
  }
  for (const rule of output.rules) {
    ruleTexts.addText(rule.rule);
    ruleTexts.addText(rule.refs.join('\n'));
    ruleAbsent.addText(rule.absent.join('\n'));
  }
  for (const ref of output.refs) refs.addText(ref);
  for (const attachment of output.attachments) attachments.addText(attachment);
}

function finish(outcomes: readonly WorkerOutcome[], reads: readonly number[]): Uint8Array<ArrayBuffer> {
  builder.clear();
  const textOffset = builder.createByteVector(text.bytes);
  const dataOffset = builder.createByteVector(data.bytes);
  TranslateResult.startReadsVector(builder, reads.length);
  for (let i = reads.length - 1; i >= 0; i--) builder.addInt32(reads[i] ?? 0);
  const readsOffset = builder.endVector();
  const needsOffset = spanVector(needs);
  const refsOffset = spanVector(refs);
  const attachmentsOffset = spanVector(attachments);
  const resourcesOffset = resourceVector();
  const madeOfOffset = spanVector(madeOf);
  const namesOffset = nameVector();
  const fragmentsOffset = fragmentVector();
  const routeEntriesOffset = entryVector(routeTexts, 2, routeValues);
  const rowsOffset = entryVector(rowTexts, 3, rowValues);
  const rulesOffset = entryVector(ruleTexts, 2, ruleAbsent);
  TranslateResult.startOutcomesVector(builder, outcomes.length);
  for (let i = outcomes.length - 1; i >= 0; i--) addOutcome(must(outcomes[i], 'outcome'), i);
  const outcomesOffset = builder.endVector();
  builder.finish(
    TranslateResult.createTranslateResult(
      builder,
      outcomesOffset,
      readsOffset,
      needsOffset,
      resourcesOffset,
      fragmentsOffset,
      routeEntriesOffset,
      madeOfOffset,
      namesOffset,
      refsOffset,
      attachmentsOffset,
      rowsOffset,
      rulesOffset,
      textOffset,
      dataOffset,
    ),
  );
  return builder.asUint8Array().slice();
}

function addOutcome(outcome: WorkerOutcome, i: number): void {
  const output = outcome.kind === 'ok' ? outcome.output : undefined;
  OutcomeEntry.createOutcomeEntry(
    builder,
    outcome.kind === 'ok' ? kindOk : outcome.kind === 'need' ? kindNeed : kindFault,
    outcome.reads.length,
    outcome.kind === 'need' ? outcome.needs.length : 0,
    output?.resources.length ?? 0,
    output?.fragments.length ?? 0,
    output?.refs.length ?? 0,
    output?.attachments.length ?? 0,
    output?.rows.length ?? 0,
    output?.rules.length ?? 0,
    outcome.kind === 'ok' ? outcome.micros : 0,
    heads.offset(i * 2),
    heads.size(i * 2),
    heads.offset(i * 2 + 1),
    heads.size(i * 2 + 1),
  );
}

function spanVector(spans: Spans): number {
  builder.startVector(Span.sizeOf(), spans.length, 4);
  for (let i = spans.length - 1; i >= 0; i--) Span.createSpan(builder, spans.offset(i), spans.size(i));
  return builder.endVector();
}

function resourceVector(): number {
  const { length } = resourceValues;
  builder.startVector(ResourceEntry.sizeOf(), length, 4);
  for (let i = length - 1; i >= 0; i--) {
    const at = i * 4;
    ResourceEntry.createResourceEntry(
      builder,
      resourceTexts.offset(at),
      resourceTexts.size(at),
      resourceTexts.offset(at + 1),
      resourceTexts.size(at + 1),
      resourceTexts.offset(at + 2),
      resourceTexts.size(at + 2),
      resourceTexts.offset(at + 3),
      resourceTexts.size(at + 3),
      resourceValues.offset(i),
      resourceValues.size(i),
      resourceCounts[i * 2] ?? 0,
      resourceCounts[i * 2 + 1] ?? 0,
    );
  }
  return builder.endVector();
}

/** NameEntry is two Spans one behind the other. */
function nameVector(): number {
  builder.startVector(Span.sizeOf() * 2, names.length / 2, 4);
  for (let i = names.length - 1; i >= 0; i--) Span.createSpan(builder, names.offset(i), names.size(i));
  return builder.endVector();
}

function fragmentVector(): number {
  const length = fragmentTexts.length / 4;
  builder.startVector(FragmentEntry.sizeOf(), length, 4);
  for (let i = length - 1; i >= 0; i--) {
    const at = i * 4;
    FragmentEntry.createFragmentEntry(
      builder,
      fragmentTexts.offset(at),
      fragmentTexts.size(at),
      fragmentTexts.offset(at + 1),
      fragmentTexts.size(at + 1),
      fragmentTexts.offset(at + 2),
      fragmentTexts.size(at + 2),
      fragmentTexts.offset(at + 3),
      fragmentTexts.size(at + 3),
      fragmentCounts[i * 2] ?? 0,
      fragmentCounts[i * 2 + 1] ?? 0,
    );
  }
  return builder.endVector();
}

/** RouteEntry, RuleEntry and DerivedRowEntry are Spans one behind the other: so many texts, and the value. */
function entryVector(texts: Spans, each: number, values: Spans): number {
  builder.startVector(Span.sizeOf() * (each + 1), values.length, 4);
  for (let i = values.length - 1; i >= 0; i--) {
    Span.createSpan(builder, values.offset(i), values.size(i));
    for (let at = (i + 1) * each - 1; at >= i * each; at--)
      Span.createSpan(builder, texts.offset(at), texts.size(at));
  }
  return builder.endVector();
}
