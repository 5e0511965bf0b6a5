import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ReadKey, UnitName } from '../lib/key.ts';
import { decodeBatch, encodeBatch } from './translate-batch.ts';

const name = fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' });

test('a worker reads the units and rows that were put in, found or not, empty or large', () => {
  fc.assert(
    fc.property(
      fc.array(name, { maxLength: 20 }),
      fc.uniqueArray(fc.tuple(name, fc.option(fc.uint8Array({ maxLength: 5000 }))), {
        maxLength: 20,
        selector: ([key]) => key,
      }),
      (units, rows) => {
        const table = new Map(rows);
        const keys = rows.map(([key]) => key as ReadKey);
        const batch = encodeBatch(units as UnitName[], keys, (key) => table.get(key) ?? undefined);
        const decoded = decodeBatch(batch.bytes);
        expect(decoded.units).toEqual(units);
        for (const [i, [key, bytes]] of rows.entries()) {
          expect(decoded.positions.get(key)).toBe(i);
          const read = decoded.row(i);
          expect(read === undefined ? null : Buffer.from(read)).toEqual(
            bytes === null ? null : Buffer.from(bytes),
          );
        }
      },
    ),
  );
});

test('a batch owns its bytes and no more, so that it can be handed to another thread', () => {
  const first = encodeBatch(['Gateway/ns/a' as UnitName], [], () => undefined);
  const copy = Buffer.from(first.bytes);
  encodeBatch(['Gateway/ns/b' as UnitName], ['x' as ReadKey], () => Buffer.alloc(100_000));
  expect(Buffer.from(first.bytes)).toEqual(copy);
  expect(first.bytes.byteLength).toBe(first.bytes.buffer.byteLength);
});
