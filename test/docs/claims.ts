import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './pages.ts';

export interface Claim {
  readonly claim: string;
  readonly tests: readonly { readonly file: string; readonly name: string }[];
}

/** Rows of the tables whose head says who holds a claim. */
export function claimsOf(markdown: string): Claim[] {
  const tables = markdown.split('| claim | held by |\n|---|---|\n').slice(1);
  return tables.flatMap((table) => {
    const lines = table.split('\n');
    const end = lines.findIndex((line) => !line.startsWith('|'));
    return lines.slice(0, end).map((line) => {
      const [, claim = '', heldBy = ''] = line.split('|').map((column) => column.trim());
      return { claim, tests: heldBy === '' ? [] : heldBy.split('<br>').map(testOf) };
    });
  });
}

/** A link to a file and the name of a test in it. */
function testOf(line: string): { readonly file: string; readonly name: string } {
  const [, text, file = '', name = ''] = /^\[([^\]]+)\]\(([^)]+)\): (.+)$/.exec(line) ?? [];
  return { file: file === `../${text}` ? file : '', name };
}

/** `file`: as a page of `docs` links to it. */
export function hasTest(file: string, name: string): boolean {
  const path = join(root, 'docs', file);
  if (!file.endsWith('.test.ts') || !existsSync(path)) return false;
  const source = readFileSync(path, 'utf8');
  return ["'", '"', '`'].some((quote) => source.includes(`${quote}${name}${quote}`));
}
