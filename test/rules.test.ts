import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mutated, ruleOf } from './mutants/mutant.ts';
import { mutants } from './mutants/table.ts';

const root = join(import.meta.dirname, '..');
const page = 'src/xds/RULES.md';

/** Number of rules in each group. */
const groups = { A: 13, B: 13, C: 11, D: 6, E: 5, F: 11, G: 9, H: 4 };

/** A mutant edits the lines that keep its rule: whoever rewrites them adapts the mutant. */
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

test('every rule is in the table once, with what keeps it', () => {
  const ids = Object.entries(groups).flatMap(([group, rules]) =>
    Array.from({ length: rules }, (_, i) => `${group}${i + 1}`),
  );
  expect(rows().map(({ rule }) => rule)).toEqual(ids);
  for (const { rule, keptIn } of rows()) {
    expect([rule, keptIn.length > 0]).toEqual([rule, true]);
    expect([rule, keptIn.filter((file) => !existsSync(join(root, file)))]).toEqual([rule, []]);
  }
});

test('every rule is shown by tests of that name', () => {
  for (const { rule, shownBy } of rows()) {
    expect([rule, shownBy.length > 0]).toEqual([rule, true]);
    const missing = shownBy.filter(
      ({ file, name }) => !hasTest(readFileSync(join(root, file), 'utf8'), name),
    );
    expect([rule, missing]).toEqual([rule, []]);
  }
});

test('every rule has mutants, and the table names them all', () => {
  for (const { rule, brokenBy } of rows()) {
    const ids = mutants.filter((mutant) => ruleOf(mutant) === rule).map(({ id }) => id);
    expect([rule, brokenBy]).toEqual([rule, ids]);
    expect([rule, ids.length > 0]).toEqual([rule, true]);
  }
  expect(rows().flatMap(({ brokenBy }) => brokenBy)).toHaveLength(mutants.length);
});

test('every mutant was noticed when they were run last', () => {
  const results = readFileSync(join(root, 'test/mutants/RESULTS.md'), 'utf8');
  const ids = [...results.matchAll(/^\| ([A-H]\d+[a-z]) \|/gm)].map(([, id]) => id);
  expect(ids).toEqual(mutants.map(({ id }) => id));
  expect(results).not.toMatch(/NOT NOTICED|NO VERDICT/);
});

interface Rule {
  readonly rule: string;
  readonly keptIn: readonly string[];
  readonly shownBy: readonly { readonly file: string; readonly name: string }[];
  readonly brokenBy: readonly string[];
}

function rows(): Rule[] {
  const lines = readFileSync(join(root, page), 'utf8').split('\n');
  return lines.flatMap((line) => {
    const [, rule = '', , keptIn = '', shownBy = '', brokenBy = ''] = line
      .split('|')
      .map((column) => column.trim());
    if (!/^[A-H]\d+$/.test(rule)) return [];
    return {
      rule,
      keptIn: linesOf(keptIn).map(({ file }) => file),
      shownBy: linesOf(shownBy).map(({ file, rest }) => ({ file, name: rest.replace(/^: /, '') })),
      brokenBy: brokenBy.split(' ').filter((id) => id !== ''),
    };
  });
}

/** A cell is a link to a file, and a text. */
function linesOf(column: string): { readonly file: string; readonly rest: string }[] {
  const lines = column.replaceAll('\\*', '*').split('<br>');
  return lines.flatMap((line) => {
    const [, target, rest = ''] = /^\[[^\]]+\]\(([^)]+)\)(.*)$/.exec(line) ?? [];
    return target === undefined ? [] : { file: join('src/xds', target), rest };
  });
}

function hasTest(source: string, name: string): boolean {
  return name !== '' && [`'${name}'`, `"${name}"`, `\`${name}\``].some((quoted) => source.includes(quoted));
}
