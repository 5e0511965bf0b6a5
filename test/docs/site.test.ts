import { expect, test } from 'vitest';
import { contents } from '../../docs/site-contents.ts';
import { renderSite, sitePages } from '../../docs/render-site.ts';
import { root } from './pages.ts';

const pages = sitePages(root);

test('the site of the docs has no dead link, and loads nothing from elsewhere: npm run docs', () => {
  const { files, faults } = renderSite(root, pages);
  expect(faults).toEqual([]);
  expect(files.size).toBeGreaterThan(pages.length);
});

test('every page of the menu exists', () => {
  const paths = new Set(pages.map(({ path }) => path));
  expect(contents.flatMap(([, listed]) => listed).filter((path) => !paths.has(path))).toEqual([]);
});

test('a dead link, a dead anchor and a picture from elsewhere are found', () => {
  const text =
    '# A\n\n[a](#a) [b](#b) [c](none.md) [d](src/main.ts) [e](docs) [f](https://example.com)\n![g](http://example.com/g.svg)\n';
  expect(renderSite(root, [{ path: 'README.md', text }]).faults).toEqual([
    'README.md: there is no none.md',
    'index.html: index.html has no #b',
    'index.html: there is no none.html',
    'index.html: loads http://example.com/g.svg from elsewhere',
  ]);
});
