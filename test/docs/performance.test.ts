import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { performancePages } from '../../docs/performance.ts';
import { pages, root } from './pages.ts';

test.each(performancePages())('$file is of the results: node docs/performance.ts', ({ written, wanted }) => {
  expect(written).toBe(wanted);
});

test('every plot of docs/performance.md is there', () => {
  const page = pages.find(({ path }) => path === 'docs/performance.md')?.text ?? '';
  const plots = [...page.matchAll(/!\[[\w-]+\]\(\.\.\/([^)]+)\)/g)].map(([, file = '']) => file);
  expect(plots.length).toBeGreaterThan(0);
  expect(plots.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});
