import { expect, test } from 'vitest';
import { z } from 'zod';
import { leftOut } from '../../docs/left-out.ts';
import { fieldsOf } from '../../docs/schema-fields.ts';
import { supportedFields } from '../../docs/supported-fields.ts';
import { kindTable } from '../../src/kinds/kind-table.ts';

test('docs/supported-fields.md is of the schemas: node docs/supported-fields.ts', () => {
  const { written, wanted } = supportedFields();
  expect(written).toBe(wanted);
});

test('fields are left out of kinds that are followed', () => {
  expect(Object.keys(leftOut).filter((kind) => !Object.hasOwn(kindTable, kind))).toEqual([]);
});

test('a schema gives its leaves, through lists, defaults, transformations and unions', () => {
  const schema = z.object({
    a: z.array(z.object({ b: z.enum(['x', 'y']).default('x') })).default([]),
    c: z.record(z.string(), z.unknown()).optional(),
    d: z.discriminatedUnion('type', [
      z.object({ type: z.literal('One'), one: z.string() }),
      z.object({ type: z.literal('Two'), two: z.number().transform(String) }),
    ]),
  });
  expect(fieldsOf(schema)).toEqual([
    { path: 'a[].b', values: ['x', 'y'] },
    { path: 'c{}', values: [] },
    { path: 'd.type', values: ['One', 'Two'] },
    { path: 'd.one', values: [] },
    { path: 'd.two', values: [] },
  ]);
});
