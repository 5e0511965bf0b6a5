import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { expect, test } from 'vitest';
import { fieldsOf } from '../../docs/schema-fields.ts';
import { kindOf } from '../../src/kinds/followed-kinds.ts';

/** Fields of the experimental CRDs of Gateway API 1.7.0, made by `list-crd-fields.ts`: kind, path, type. */
const fields = readFileSync(join(import.meta.dirname, 'crd-fields.txt'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => line.split(' ') as [string, string, string])
  .filter(([kind]) => kindOf(kind)?.status !== undefined && 'schema' in (kindOf(kind) ?? {}));

const samples = { string: 'a', integer: 7, object: { a: 'a' }, boolean: true } as const;

test.each(fields)('%s: %s is read, or the object says that it is not', (kind, path, type) => {
  if (isRead(kind, path)) return;
  const spec = nested(path.split('.').slice(1), samples[type as keyof typeof samples]);
  const parsed = kindOf(kind)?.parse({ metadata: { name: 'a', namespace: 'a' }, spec });
  if (parsed?.kind !== 'row') throw new Error('not a row');
  const { leftOut = [] } = JSON.parse(Buffer.from(parsed.row.bytes).toString()) as { leftOut?: string[] };
  const named = [...leftOut, ...(parsed.problems ?? []).map((problem) => problem.path)];
  const own = path.replaceAll('[]', '[0]');
  expect(named.filter((field) => own.startsWith(field))).not.toEqual([]);
});

function isRead(kind: string, path: string): boolean {
  const { schema } = kindOf(kind) as unknown as { readonly schema: z.ZodType };
  return fieldsOf(schema).some((field) => `${path}.`.startsWith(`${field.path.replace(/\{\}$/, '')}.`));
}

function nested([name = '', ...rest]: readonly string[], value: unknown): unknown {
  const inner = rest.length === 0 ? value : nested(rest, value);
  return name.endsWith('[]') ? { [name.slice(0, -2)]: [inner] } : { [name]: inner };
}
