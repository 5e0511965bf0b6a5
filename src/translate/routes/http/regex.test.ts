import { expect, test } from 'vitest';
import { regexProblem } from './regex.ts';

// What the real Envoy says of each of these is in test/envoy; here only what must never change unseen.
test.each([
  '/foo/[0-9]+',
  '(?i)x',
  '(?P<n>a)',
  '\\pL+',
  '\\p{Greek}',
  '[[:alpha:]]',
  '\\Q\\p{Foo}',
  '\\\\x{300}',
  'a{900}',
])('%s is an expression that Envoy takes', (pattern) => {
  expect(regexProblem(pattern)).toBeUndefined();
});

test.each([
  ['(?=a)', 'look-ahead'],
  ['(?<!a)b', 'look-behind'],
  ['(a)\\1', 'a backreference'],
  ['a++', 'a possessive quantifier'],
  ['[', 'an open class'],
  ['', 'nothing'],
  ['\\x{100}', 'a character beyond a byte'],
  ['\\p{Uppercase}', 'a property that RE2 does not have'],
  ['\\p{LC}', 'a category that RE2 does not have'],
  ['a{1001}', 'too many repetitions'],
  ['(a{500}){500}', 'nested repetitions'],
  ['(a{300}b{300}){2}', 'a program that is too large'],
  ['a\nb', 'a line break'],
  ['\ud800', 'half a character'],
  ['a'.repeat(5000), 'too much text'],
])('%j is refused: %s', (pattern) => {
  expect(regexProblem(pattern)).toBeTypeOf('string');
});

test('an expression that takes a backtracking engine for ever is checked at once', () => {
  // It would not end within the test's time if anything here ran it.
  expect(regexProblem('(a+)+$')).toBeUndefined();
  expect(regexProblem('^(([a-z])+.)+[A-Z]([a-z])+$')).toBeUndefined();
});

test('a known expression gets the same answer again, also after many others', () => {
  expect(regexProblem('(?=x)')).toBe(regexProblem('(?=x)'));
  for (let i = 0; i < 1100; i++) regexProblem(`a${i}`);
  expect(regexProblem('(?=x)')).toContain('RE2');
  expect(regexProblem('__proto__')).toBeUndefined();
  expect(regexProblem('constructor')).toBeUndefined();
});
