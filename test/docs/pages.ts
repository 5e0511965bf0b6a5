import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const root = dirname(dirname(import.meta.dirname));

export interface Page {
  /** Path from the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** Every page that people read. */
export const pages: readonly Page[] = globSync(['*.md', 'docs/**/*.md', 'test/**/*.md', 'src/**/*.md'], {
  cwd: root,
})
  .sort()
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

export interface Block {
  readonly language: string;
  readonly text: string;
}

/** Fenced blocks; those inside of a list lose its indentation. */
export function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^( *)```(\w*)\n([\s\S]*?)^ *```$/gm)].map(
    ([, indent = '', language = '', body = '']) => ({
      language,
      text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );
}

/** Lines of a shell block: without comments, and a here-document with its command. */
export function commandsOf(block: string): string[] {
  return block
    .replaceAll(/<<(\w+)\n[\s\S]*?\n\1$/gm, '<<')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
}
