import { expect, test } from 'vitest';
import { VerdictMemo } from './verdict-memo.ts';

const long = (i: number): string => `${i}`.padEnd(4000, 'x');

test('a namespace that has many verdicts loses its older ones, and no other loses any', () => {
  const memo = new VerdictMemo(100_000);
  for (let i = 0; i < 100; i++) memo.set('modest', long(i), `verdict ${i}`);
  for (let i = 0; i < 10_000; i++) memo.set('greedy', long(i), 'bad');
  for (let i = 0; i < 100; i++) expect(memo.get('modest', long(i))).toBe(`verdict ${i}`);
  const kept = Array.from({ length: 10_000 }, (_, i) => memo.get('greedy', long(i)) !== undefined);
  expect(kept.lastIndexOf(true)).toBe(9999);
  expect(kept.filter(Boolean).length).toBeLessThan(800);
  expect(kept.filter(Boolean).length).toBeGreaterThan(200);
  expect(kept.slice(kept.indexOf(true)).every(Boolean)).toBe(true);
});

test('long verdicts count as what they are', () => {
  const memo = new VerdictMemo(100_000);
  for (let i = 0; i < 1000; i++) memo.set('greedy', long(i), long(i));
  const kept = Array.from({ length: 1000 }, (_, i) => memo.get('greedy', long(i)) !== undefined);
  expect(kept.filter(Boolean).length).toBeLessThan(25);
});

test('a verdict is that of its namespace and of its very text', () => {
  const memo = new VerdictMemo(100_000);
  memo.set('a', 'x', 'of a');
  memo.set('a', long(1), 'of a');
  expect([memo.get('b', 'x'), memo.get('a', long(2)), memo.get('a', '__proto__')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect([memo.get('a', 'x'), memo.get('a', long(1))]).toEqual(['of a', 'of a']);
});
