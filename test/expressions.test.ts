import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { analyse } from 'scslre';
import { expect, test } from 'vitest';

/** Users choose most inputs of these regular expressions: each must take linear time, wherever a match begins. */
const root = join(import.meta.dirname, '..');
const files = globSync('{src,workers,launch}/**/*.{ts,js}', { cwd: root }).filter(
  (file) => !file.endsWith('.test.ts'),
);

const literals = files.flatMap((file) =>
  expressionsIn(readFileSync(join(root, file), 'utf8')).map((text) => ({ file, text })),
);

test.each(literals)('$text of $file', ({ text }) => {
  expect(slowIn(read(text))).toEqual([]);
});

test('expressions that are put together are constants of their file, and no slower', async () => {
  const made: RegExp[] = [];
  const Plain = RegExp;
  globalThis.RegExp = new Proxy(Plain, {
    construct: (_, [source, flags]: [string, string?]) => {
      const expression = new Plain(source, flags);
      made.push(expression);
      return expression;
    },
  });
  const constructed = files
    .map((file) => ({
      file,
      written: readFileSync(join(root, file), 'utf8').split('new RegExp(').length - 1,
    }))
    .filter(({ written }) => written > 0);
  try {
    for (const { file } of constructed) await import(join(root, file));
  } finally {
    globalThis.RegExp = Plain;
  }
  // A `RegExp` inside a function would be made later, unseen by this test.
  const sum = constructed.reduce((all, { written }) => all + written, 0);
  expect(made.length).toBeGreaterThanOrEqual(sum);
  expect(made.flatMap(slowIn)).toEqual([]);
});

test('an expression that is slow is seen, be it slow because its match may begin anywhere', () => {
  for (const expression of [/(a*)*b/, /a*a*b/, /\/+$/, /(?:^|,)x\s+(.*)$/]) {
    expect([expression, slowIn(expression)]).toEqual([expression, [expression]]);
  }
  for (const expression of [/^\/+$/, /a+/, /-(\d+)-/]) expect(slowIn(expression)).toEqual([]);
  expect(literals.length).toBeGreaterThan(80);
});

/** Returns the expression when twice the input may take four times as long. */
function slowIn(expression: RegExp): RegExp[] {
  const { reports } = analyse({ source: expression.source, flags: expression.flags });
  return reports.length > 0 ? [expression] : [];
}

/** A slash begins a literal where no value precedes it, which it would divide. */
function expressionsIn(source: string): string[] {
  const token =
    /\/\/[^\n]*|\/\*[^]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[^]|[^`\\])*`|(?<literal>\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[dgimsuvy]*)|\w+|\S/g;
  const found: string[] = [];
  let before = '';
  for (let match = token.exec(source); match !== null; match = token.exec(source)) {
    const [text] = match;
    const isExpression = match.groups?.['literal'] !== undefined;
    if (isExpression && /^(?:|[=(,:?!&|[{};>]|return)$/.test(before)) found.push(text);
    // Two divisions may look like a literal: search again from the second one.
    else if (isExpression) token.lastIndex = match.index + 1;
    if (!text.startsWith('//') && !text.startsWith('/*')) before = isExpression ? 'value' : text;
  }
  return found;
}

function read(text: string): RegExp {
  const end = text.lastIndexOf('/');
  return new RegExp(text.slice(1, end), text.slice(end + 1));
}
