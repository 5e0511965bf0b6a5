import { readFileSync } from 'node:fs';

export interface Walk {
  readonly title: string;
  readonly steps: readonly Step[];
}

export interface Step {
  /** `name` or `Class.member`. */
  readonly name: string;
  readonly file: URL;
  /** The line that declares it. */
  readonly pattern: RegExp;
}

const page = new URL('../../docs/architecture.md', import.meta.url);

/** Walks in the order of the page. Each link of a numbered item whose text is code is a step. */
export const walks: readonly Walk[] = readFileSync(page, 'utf8')
  .split(/^## /m)
  .slice(1)
  .flatMap((section) => {
    const [title = ''] = section.split('\n');
    const items = section.split(/\n\n/).filter((part) => /^\d+\. /m.test(part));
    const steps = items.flatMap(stepsOf);
    return steps.length === 0 ? [] : [{ title, steps }];
  });

function stepsOf(text: string): Step[] {
  return [...text.matchAll(/\[`([^`]+)`\]\((\.\.\/[^)]+)\)/g)].map(([, name = '', path = '']) => {
    const [owner = '', member] = name.split('.');
    const pattern =
      member === undefined
        ? new RegExp(`^export (async )?function ${owner}\\b`)
        : new RegExp(`^  (override )?(static )?(async )?\\*?${member}[(<]`);
    return { name, file: new URL(path, page), pattern };
  });
}
