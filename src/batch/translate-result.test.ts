import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { IndexKey, ReadKey, ResourceKey, UnitName } from '../lib/key.ts';
import { noOutput, type UnitOutput } from './outcome.ts';
import { encodeBatch } from './translate-batch.ts';
import { decodeResult, encodeResult, type WorkerOutcome } from './translate-result.ts';

const keys = ['k0', 'k1', 'k2', 'k3'] as ReadKey[];
const text = fc.string({ maxLength: 40, unit: 'grapheme' });
/** Part of a key: not empty, and one line. */
const line = fc.stringMatching(/^[!-~]{1,20}$/);
const lines = fc.array(
  line.map((key) => key as ReadKey & IndexKey),
  { maxLength: 3 },
);
const bytes = fc.uint8Array({ maxLength: 3000 }).map((array) => new Uint8Array(array));
const reads = fc.uniqueArray(fc.nat(keys.length - 1));

const objectKey = text.map((object) => object as ResourceKey);

const output: fc.Arbitrary<UnitOutput> = fc.record({
  resources: fc.array(
    fc.record({
      typeUrl: text,
      name: text,
      version: text,
      bytes,
      madeOf: fc.array(objectKey, { maxLength: 3 }),
      names: fc.array(fc.record({ typeUrl: text, name: text }), { maxLength: 3 }),
    }),
    { maxLength: 3 },
  ),
  fragments: fc.array(
    fc.record({
      routeConfiguration: text,
      domain: text,
      owner: objectKey,
      version: text,
      entries: fc.array(fc.record({ order: text, rule: text, bytes }), { maxLength: 3 }),
      madeOf: fc.array(objectKey, { maxLength: 3 }),
    }),
    { maxLength: 3 },
  ),
  rules: fc.array(
    fc.record({
      rule: text,
      refs: fc.array(
        line.map((name) => name as UnitName),
        { maxLength: 3 },
      ),
      absent: fc.array(
        line.map((key) => key as ResourceKey),
        { maxLength: 3 },
      ),
    }),
    { maxLength: 3 },
  ),
  refs: fc.array(
    text.map((name) => name as UnitName),
    { maxLength: 3 },
  ),
  attachments: fc.array(text, { maxLength: 3 }),
  notices: fc.array(fc.record({ object: objectKey, reason: text, message: text }), { maxLength: 2 }),
  rows: fc.array(
    fc.record({
      key: line.map((key) => key as ResourceKey),
      bytes,
      indexes: lines,
      follow: lines,
      units: lines.map((names) => names as unknown as UnitName[]),
    }),
    { maxLength: 3 },
  ),
  report: fc.option(
    fc.record({
      object: text.filter((object) => object !== '').map((object) => object as ResourceKey),
      status: text,
    }),
    { nil: undefined },
  ),
});

const outcome: fc.Arbitrary<WorkerOutcome> = fc.oneof(
  fc.record({ kind: fc.constant('ok' as const), reads, output, micros: fc.nat() }),
  fc.record({
    kind: fc.constant('need' as const),
    reads,
    needs: fc.array(
      text.map((key) => key as ReadKey),
      { maxLength: 4 },
    ),
    micros: fc.nat(),
  }),
  fc.record({ kind: fc.constant('later' as const), reads: fc.constant([]) }),
  fc.record({ kind: fc.constant('fault' as const), reads, message: text, micros: fc.nat() }),
);

test('what a worker answers is what the main thread reads, outcome by outcome', () => {
  fc.assert(
    fc.property(fc.array(outcome, { maxLength: 8 }), (outcomes) => {
      const units = outcomes.map((_, i) => `Gateway/ns/${i}` as UnitName);
      const batch = encodeBatch(units, keys, () => undefined);
      const decoded = decodeResult(encodeResult(outcomes), batch);
      expect(decoded).toEqual(
        outcomes.map((one, i) => ({
          ...one,
          unit: units[i],
          reads: one.reads.map((position) => keys[position]),
        })),
      );
    }),
  );
});

test('what is read of one answer is still there when the next has been read', () => {
  const batch = encodeBatch(['Gateway/ns/a' as UnitName], keys, () => undefined);
  const [first] = decodeResult(answer('first'), batch);
  decodeResult(answer('other'), batch);
  expect(first?.kind === 'ok' ? Buffer.from(first.output.resources[0]?.bytes ?? []).toString() : '').toBe(
    'first',
  );
});

function answer(content: string): Uint8Array {
  return encodeResult([
    {
      kind: 'ok',
      reads: [],
      micros: 7,
      output: {
        ...noOutput,
        resources: [
          { typeUrl: 't', name: 'n', version: 'v', bytes: Buffer.from(content), madeOf: [], names: [] },
        ],
      },
    },
  ]);
}
