import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { pages, root, type Page } from './pages.ts';

test.each(pages)('every link of $path leads to a file, and to an anchor that it has', (page) => {
  expect(brokenLinks(page)).toEqual([]);
});

test('a link to no file and one to no anchor are found', () => {
  const text = '# A\n\n[a](#a) [b](#b) [c](none.md) [d](README.md#license) `[e](e.md)`\n';
  expect(brokenLinks({ path: 'CHANGELOG.md', text })).toEqual(['#b', 'none.md']);
});

function brokenLinks({ path, text }: Page): string[] {
  const prose = text.replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, (code) =>
    code.startsWith('```') ? '' : 'code',
  );
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [file = '', anchor] = target.split('#');
      const at = file === '' ? path : normalize(join(dirname(path), file));
      if (!existsSync(join(root, at))) return file !== '' || path !== at;
      if (anchor === undefined || statSync(join(root, at)).isDirectory()) return false;
      const linked = file === '' ? text : readFileSync(join(root, at), 'utf8');
      return !anchorsOf(linked).includes(anchor);
    });
}

function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
