import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { claimsOf, hasTest } from './docs/claims.ts';

const page = readFileSync(join(import.meta.dirname, '../docs/security.md'), 'utf8');

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
