import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const docs = join(import.meta.dirname, '../docs');
const page = readFileSync(join(docs, 'security.md'), 'utf8');

const attackers = ['Tenant', 'Gateway owner', 'Proxy', 'Registry', 'Pod network', 'Supply chain'];

test('each attacker has claims', () => {
  const sections = page
    .split(/^## /m)
    .slice(1)
    .map((section) => ({ name: /^[^:\n]+/.exec(section)?.[0] ?? '', claims: claimsOf(section) }))
    .filter(({ claims }) => claims.length > 0);
  expect(sections.map(({ name }) => name)).toEqual(attackers);
});

test.each(claimsOf(page))('$claim', ({ tests }) => {
  expect(tests).not.toEqual([]);
  expect(tests.filter(({ file, name }) => !hasTest(file, name))).toEqual([]);
});

test('a test that does not exist, and a claim without one, are seen', () => {
  expect(hasTest('../test/security.test.ts', 'each attacker has claims')).toBe(true);
  expect(hasTest('../test/security.test.ts', ['each attacker', 'has none'].join(' '))).toBe(false);
  expect(hasTest('../test/none.test.ts', 'each attacker has claims')).toBe(false);
  expect(claimsOf('| claim | held by |\n|---|---|\n| A. | |\n')).toEqual([{ claim: 'A.', tests: [] }]);
});

interface Claim {
  readonly claim: string;
  readonly tests: readonly { readonly file: string; readonly name: string }[];
}

/** Rows of the tables whose head says who holds a claim. */
function claimsOf(markdown: string): Claim[] {
  const tables = markdown.split('| claim | held by |\n|---|---|\n').slice(1);
  return tables.flatMap((table) => {
    const lines = table.split('\n');
    const end = lines.findIndex((line) => !line.startsWith('|'));
    return lines.slice(0, end).map((line) => {
      const [, claim = '', heldBy = ''] = line.split('|').map((column) => column.trim());
      return { claim, tests: heldBy === '' ? [] : heldBy.split('<br>').map(testOf) };
    });
  });
}

/** A link to a file and the name of a test in it. */
function testOf(line: string): { readonly file: string; readonly name: string } {
  const [, text, file = '', name = ''] = /^\[([^\]]+)\]\(([^)]+)\): (.+)$/.exec(line) ?? [];
  return { file: file === `../${text}` ? file : '', name };
}

function hasTest(file: string, name: string): boolean {
  const path = join(docs, file);
  if (!file.endsWith('.test.ts') || !existsSync(path)) return false;
  const source = readFileSync(path, 'utf8');
  return ["'", '"', '`'].some((quote) => source.includes(`${quote}${name}${quote}`));
}
