import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mutated } from './mutants/mutant.ts';
import { mutants } from './mutants/table.ts';

const root = join(import.meta.dirname, '..');

/** What a mutant edits is what keeps its rule. Whoever rewrites that breaks the new code in the same way. */
test('every mutant is an edit that can still be made, under an id of its own', () => {
  const ids = mutants.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const stale = mutants.filter(
    (mutant) => mutated(readFileSync(join(root, mutant.file), 'utf8'), mutant) === undefined,
  );
  expect(stale.map(({ id }) => id)).toEqual([]);
  const tests = new Set(mutants.flatMap((mutant) => mutant.tests));
  expect([...tests].filter((file) => !existsSync(join(root, file)))).toEqual([]);
});
