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
  for (const mutant of mutants) {
    const source = readFileSync(join(root, mutant.file), 'utf8');
    expect([mutant.id, mutated(source, mutant) !== undefined]).toEqual([mutant.id, true]);
    for (const file of mutant.tests) expect([file, existsSync(join(root, file))]).toEqual([file, true]);
  }
});
