import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson, parseYaml } from './parse-document.ts';

test('a field is found by its path, in YAML and in JSON', () => {
  const yaml = parseYaml('a:\n  - b: 1\n    c: 2\n');
  const json = parseJson('{"a":\n [{"b": 1,\n   "c": 2}]}');
  expect(yaml.kind === 'ok' && yaml.locate(['a', 0, 'c'])).toEqual({ line: 3, column: 8 });
  expect(json.kind === 'ok' && json.locate(['a', 0, 'c'])).toEqual({ line: 3, column: 9 });
});

test('a field that is not there is found as far as its path goes', () => {
  const yaml = parseYaml('a:\n  b: 1\n');
  expect(yaml.kind === 'ok' && yaml.locate(['a', 'x', 0])).toEqual({ line: 1, column: 1 });
  expect(yaml.kind === 'ok' && yaml.locate(['a', 'b', 'c', 'd'])).toEqual({ line: 2, column: 6 });
});

test.each([
  ['a: [', 1, 5],
  ['a: 1\n b: 2\n', 1, 4],
  ['a: "x', 1, 6],
  ['a: *b', 1, 4],
  ['a: 1\na: 2', 2, 1],
  ['- {a: 1, b: {c: 1, c: 2}}', 1, 20],
])('%j is broken at %i:%i', (text, line, column) => {
  expect(parseYaml(text)).toMatchObject({ kind: 'broken', position: { line, column } });
});

/** Values as kubectl reads them: YAML 1.1 without numbers of base 60 and times. */
test.each([
  ['no', false],
  ['On', true],
  ['y', true],
  ['"no"', 'no'],
  ['0120', 80],
  ['089', 89],
  ['0x1F', 31],
  ['1_000', 1000],
  ['1e3', 1000],
  ['1:30', '1:30'],
  ['2026-01-02', '2026-01-02'],
  ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05Z'],
  ['~', null],
])('the plain scalar %s is read as %j', (text, value) => {
  expect(parseYaml(`a: ${text}`)).toMatchObject({ kind: 'ok', value: { a: value } });
});

test('keys may be __proto__, and set no prototype', () => {
  for (const parsed of [parseYaml('__proto__: {a: 1}\nb: 2'), parseJson('{"__proto__":{"a":1},"b":2}')]) {
    const value = new Object(parsed.kind === 'ok' && parsed.value);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.entries(value)).toEqual([
      ['__proto__', { a: 1 }],
      ['b', 2],
    ]);
  }
});

test('merge keys work, as in the manifests of other tools', () => {
  const parsed = parseYaml('a: &a {b: 1}\nc: {<<: *a, d: 2}');
  expect(parsed.kind === 'ok' && parsed.value).toEqual({ a: { b: 1 }, c: { b: 1, d: 2 } });
});

const rows = (count: number, row: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => row(i)).join('\n');

test.each([
  ['aliases to aliases', `a0: &a0 [x]\n${rows(20, (i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`)}`],
  ['merges of merges', `a0: &a0 {k: v}\n${rows(40, (i) => `a${i + 1}: &a${i + 1} {l: *a${i}, m: *a${i}}`)}`],
  ['an alias for each of many anchors', rows(20_000, (i) => `k${i}: &a${i} x\nj${i}: *a${i}`)],
  ['one anchor used without end', `a: &a x\nb: [${'*a,'.repeat(50_000)}]`],
  ['brackets without end', '['.repeat(5000)],
  ['more brackets without end', '['.repeat(500_000)],
  ['dashes without end', `${'- '.repeat(5000)}x`],
  ['maps without end', '{a: '.repeat(5000)],
  ['keys of keys', '? '.repeat(5000)],
  ['lists as keys', '{? '.repeat(5000)],
  ['a key that is a list', '[a]: b'],
  ['a key that is an alias', 'a: &a b\n*a : c'],
])('%s are refused', (_what, text) => {
  expect(parseYaml(text).kind).toBe('broken');
});

test('a message never quotes the text', () => {
  const texts = [
    'hidden: [',
    'a: "\\hidden"',
    'hidden: 1\nhidden: 2',
    '*hidden',
    '!<hidden a',
    '{"hidden" "x"}',
    '@hidden',
  ];
  for (const text of texts) {
    for (const parsed of [parseYaml(text), parseJson(text)]) {
      expect(parsed.kind).toBe('broken');
      expect(JSON.stringify(parsed)).not.toContain('hidden');
    }
  }
});

test('no text makes the parsers throw', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom(...Array.from('ab:-[]{},&*!|>\'"%#?@ \n\t')) }),
  );
  fc.assert(
    fc.property(text, (input) => {
      for (const parsed of [parseYaml(input), parseJson(input)]) {
        if (parsed.kind === 'ok') expect(parsed.locate(['a', 0, '__proto__']).line).toBeGreaterThan(0);
        else expect(parsed.position.column).toBeGreaterThan(0);
      }
    }),
    { numRuns: 1000 },
  );
});
