import { expect, test } from 'vitest';
import { pages } from './pages.ts';

const notes = pages.filter(({ path }) => /^docs\/decisions\/(?!README)/.test(path));

test('every decision has its parts, and a figure', () => {
  expect(notes).toHaveLength(14);
  for (const { path, text } of notes) {
    const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    expect(headings, path).toEqual([
      'Decision',
      'Context',
      'Alternatives',
      'Measured',
      'When to think again',
    ]);
    expect(text.split('## Measured')[1], path).toMatch(/\d/);
  }
});

test('the list names every decision', () => {
  const list = pages.find(({ path }) => path === 'docs/decisions/README.md')?.text;
  for (const { path } of notes) expect(list).toContain(`(${path.replace('docs/decisions/', '')})`);
});
