import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blocksOf, pages, root } from './pages.ts';

const page = pages.find(({ path }) => path === 'docs/add-a-kind.md')?.text ?? '';
const blocks = blocksOf(page).flatMap(({ language, text }) => (language === 'ts' ? [text.trim()] : []));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

test('the blocks of the recipe are the whole file of the made-up kind, but for its imports', () => {
  const source = read('test/rig/pipeline/standby-backend.ts').replaceAll(/^import .*\n/gm, '');
  expect(blocks.slice(0, 3).join('\n\n')).toBe(source.trim());
});

test('the two entries are those of the test that runs the made-up kind', () => {
  const source = read('test/features/made-up-kind.test.ts');
  const entries = blocks.slice(3).map((block) => /^(\w+): (\w+),$/.exec(block)?.slice(1) ?? []);
  expect(entries).toHaveLength(2);
  for (const [kind, name] of entries) expect(source).toContain(`const { ${name}: ${kind} } = await import(`);
});

test('the recipe names both tables, in the order of its entries', () => {
  const source = read('test/features/made-up-kind.test.ts');
  const inTest = [...source.matchAll(/vi\.mock\(import\('\.\.\/\.\.\/(src\/[^']+)'\)/g)].map(
    ([, file]) => file,
  );
  const inPage = [...page.matchAll(/^In `(src\/[^`]+)`:$/gm)].map(([, file]) => file);
  expect(inPage).toEqual(inTest);
});
