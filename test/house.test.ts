import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

/** House rules of CONTRIBUTING.md and docs/glossary.md that a machine can hold. */
const root = dirname(import.meta.dirname);
const files = globSync(
  ['{src,workers,test,bench,launch,charts,release,examples,docs}/**/*.{ts,js}', '*.ts'],
  {
    cwd: root,
  },
).map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
const [terms = [], retired = []] = readFileSync(join(root, 'docs/glossary.md'), 'utf8')
  .split('\n\n')
  .filter((part) => part.startsWith('| '))
  .map((table) => table.split('\n').slice(2));

/** Leaves out comments, texts and regular expressions. */
function identifiers(text: string): Set<string> {
  const code = text
    .replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
    .replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|\/(?![*/ ])(?:[^/\\\n]|\\.)+\/[a-z]*/g, "''")
    .replaceAll(/\/\/.*$/gm, '')
    // Code in a template's braces counts.
    .replaceAll(/`(?:[^`\\]|\\.)*`/g, (template) =>
      [...template.matchAll(/\$\{([^}]*)\}/g)].map(([, inner]) => inner).join(' '),
    );
  return new Set(code.match(/[A-Za-z_$][\w$]*/g));
}

/** `isGoneMs`: is, gone, ms. */
function wordsOf(identifier: string): string[] {
  return identifier
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[ _$]+/);
}

test('the glossary has 40 terms at most', () => {
  expect(terms.length).toBeGreaterThan(20);
  expect(terms.length).toBeLessThanOrEqual(40);
});

test('no identifier has a word that the glossary retires', () => {
  const words = new Set(
    retired.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, word]) => word)),
  );
  expect(words.size).toBeGreaterThan(10);
  const found = files.flatMap(({ path, text }) =>
    [...identifiers(text)]
      .filter((name) => wordsOf(name).some((word) => words.has(word)))
      .map((name) => `${path}: ${name}`),
  );
  expect(found).toEqual([]);
});

test('the check sees a retired word', () => {
  expect([...identifiers("const isGone = 'told'; // ours\n`${wasHeard} fate`;")].flatMap(wordsOf)).toEqual([
    'const',
    'is',
    'gone',
    'was',
    'heard',
  ]);
});

/** Comments that begin with a word that names no actor. A line behind another comment line goes on with its sentence. */
function wrongBeginnings(text: string): string[] {
  const begins = /(?:\/\*\*\s*(?:\*\s*)?|(?<!\n\s*\/\/.*)\n\s*\/\/ )(?:What|Whether|Of|Why)\b.*/g;
  return [...text.matchAll(begins)].map(([comment]) => comment.trim());
}

test('no comment begins with What, Whether, Of or Why', () => {
  const found = files.flatMap(({ path, text }) =>
    wrongBeginnings(text).map((comment) => `${path}: ${comment}`),
  );
  expect(found).toEqual([]);
});

test('the check sees a comment of each form', () => {
  expect(wrongBeginnings(commentsOf('What'))).toHaveLength(3);
  expect(wrongBeginnings(commentsOf('Part'))).toEqual([]);
});

/** A comment of each form that begins with the word, and one that has it in its second line. */
function commentsOf(word: string): string {
  return `/** ${word} */\n/**\n * ${word}\n */\n// ${word}\ncode\n// A part\n// ${word} it`;
}

test('no text has a retired phrase', () => {
  const phrases = /\bno[b]ody|\bany [m]ore\b/i;
  const found = files.flatMap(({ path, text }) => {
    const line = text.split('\n').find((one) => phrases.test(one));
    return line === undefined ? [] : [`${path}: ${line.trim()}`];
  });
  expect(found).toEqual([]);
});

/** Lists files of more than 300 lines whose first line does not say why they are long. */
function tooLong(all: readonly { readonly path: string; readonly text: string }[]): string[] {
  return all
    .filter(({ text }) => text.split('\n').length > 301 && !/^\/[/*].*\blong\b/i.test(text))
    .map(({ path }) => path);
}

test('a file has 300 lines at most, or says in its first line why it is long', () => {
  expect(files.length).toBeGreaterThan(1000);
  expect(tooLong(files)).toEqual([]);
});

test('the check sees a long file', () => {
  const lines = 'a\n'.repeat(301);
  const texts = { long: lines, why: `// Long: a table.\n${lines}`, short: lines.slice(2) };
  expect(tooLong(Object.entries(texts).map(([path, text]) => ({ path, text })))).toEqual(['long']);
});
