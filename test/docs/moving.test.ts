import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { flatFields, leftOut } from '../../docs/left-out.ts';
import { fieldsOf } from '../../docs/schema-fields.ts';
import { kindTable } from '../../src/kinds/kind-table.ts';
import type { KindDef } from '../../src/kinds/kind-def.ts';
import { root } from './pages.ts';

const kinds: Readonly<Record<string, KindDef>> = kindTable;

/** Tells why a row of a table of `docs/moving` names nothing of ours. */
function problemOf(row: string): string | undefined {
  const [, , target = ''] = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
  const named = fieldsIn(row);
  if (target.startsWith('none: ')) return named.find((field) => !isRead(field));
  if (fieldsIn(target).length === 0) return `${target} is no field`;
  return named.find((field) => !isRead(field));
}

/** Fields of our kinds, such as `HTTPRoute spec.hostnames[]`. */
function fieldsIn(text: string): string[] {
  return [...text.matchAll(/`([A-Z]\w+ spec\.[^`]+)`/g)].map(([, field = '']) => field);
}

function isRead(field: string): boolean {
  const [kind = '', path = ''] = field.split(' ');
  const def = kinds[kind];
  if (def === undefined) return false;
  if ((leftOut[kind] ?? []).some(([out]) => `${path}.`.startsWith(`spec.${out}.`))) return false;
  const read = 'schema' in def ? fieldsOf(def.schema as z.ZodType) : (flatFields[kind] ?? []);
  return read.some(({ path: leaf }) => leaf === path);
}

function rowsOf(page: string): string[] {
  const tables = page.split(/^\|---\|---\|---\|\n/m).slice(1);
  return tables.flatMap((table) => {
    const lines = table.split('\n');
    return lines.slice(
      0,
      lines.findIndex((line) => !line.startsWith('|')),
    );
  });
}

const rows = globSync('docs/moving/*.md', { cwd: root }).flatMap((path) =>
  rowsOf(`${readFileSync(join(root, path), 'utf8')}\n`).map((row) => ({ path, row })),
);

test('each row of a table of docs/moving names fields that are read, or says that there is none', () => {
  expect(rows.length).toBeGreaterThan(100);
  expect(
    rows.flatMap(({ path, row }) => {
      const problem = problemOf(row);
      return problem === undefined ? [] : [`${path}: ${row}: ${problem}`];
    }),
  ).toEqual([]);
});

test('a row that names a field that is not read is found', () => {
  expect(problemOf('| `a` | `HTTPRoute spec.hostnames[]` | |')).toBeUndefined();
  expect(problemOf('| `a` | none: nothing does it | |')).toBeUndefined();
  expect(problemOf('| `a` | | |')).toBe(' is no field');
  expect(problemOf('| `a` | `HTTPRoute spec.host` | |')).toBe('HTTPRoute spec.host');
  expect(problemOf('| `a` | `HTTPProxy spec.routes[]` | |')).toBe('HTTPProxy spec.routes[]');
  expect(problemOf('| `a` | `HTTPRoute spec.hostnames[]` | also `Gateway spec.name` |')).toBe(
    'Gateway spec.name',
  );
});
