import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { claimsOf, hasTest } from './claims.ts';
import { root } from './pages.ts';

const claims = claimsOf(readFileSync(join(root, 'docs/policy-traps.md'), 'utf8'));

test('the page has its claims', () => expect(claims.length).toBeGreaterThan(10));

test.each(claims)('$claim', ({ tests }) => {
  expect(tests).not.toEqual([]);
  expect(tests.filter(({ file, name }) => !hasTest(file, name))).toEqual([]);
});
