import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const root = dirname(dirname(import.meta.dirname));

export interface Page {
  readonly path: string;
  readonly text: string;
}

export const pages: readonly Page[] = globSync(['*.md', '{docs,test,src,examples}/**/*.md'], {
  cwd: root,
})
  .sort()
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

export interface Block {
  readonly language: string;
  readonly text: string;
}

/** A block in a list loses its indentation. */
export function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^( *)```(\w*)\n([\s\S]*?)^ *```$/gm)].map(
    ([, indent = '', language = '', body = '']) => ({
      language,
      text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );
}

/** Leaves out comments; a here-document stays with its command. */
export function commandsOf(block: string): string[] {
  return block
    .replaceAll(/<<(\w+)\n[\s\S]*?\n\1$/gm, '<<')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
}
