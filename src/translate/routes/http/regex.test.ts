import { RE2JS } from 're2js';
import { expect, test, vi } from 'vitest';
import { regexProblem } from './regex.ts';

// test/envoy asks the real Envoy about each of these; these verdicts must not change unnoticed.
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
  expect(regexProblem(pattern, 'ns')).toBeUndefined();
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
  expect(regexProblem(pattern, 'ns')).toBeTypeOf('string');
});

test('an expression that takes a backtracking engine for ever is checked at once', () => {
  // Would exceed the test's time if anything here ran it.
  expect(regexProblem('(a+)+$', 'ns')).toBeUndefined();
  expect(regexProblem('^(([a-z])+.)+[A-Z]([a-z])+$', 'ns')).toBeUndefined();
});

test('a known expression gets the same answer again, also after many others', () => {
  expect(regexProblem('(?=x)', 'ns')).toBe(regexProblem('(?=x)', 'ns'));
  for (let i = 0; i < 1100; i++) regexProblem(`a${i}`, 'ns');
  expect(regexProblem('(?=x)', 'ns')).toContain('RE2');
  expect(regexProblem('__proto__', 'ns')).toBeUndefined();
  expect(regexProblem('constructor', 'ns')).toBeUndefined();
});

test('an expression is compiled once, however many another namespace has', () => {
  const compile = vi.spyOn(RE2JS, 'compile');
  const own = Array.from({ length: 60 }, (_, i) => `^own-${i}-[a-z]+$`);
  for (const pattern of own) regexProblem(pattern, 'modest');
  expect(compile).toHaveBeenCalledTimes(60);
  for (let i = 0; i < 60_000; i++) regexProblem(`^greedy-${i}-[a-z]+$`, 'greedy');
  compile.mockClear();
  for (const pattern of own) regexProblem(pattern, 'modest');
  expect(compile).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});
