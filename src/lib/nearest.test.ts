import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

test('a word with a slip is the word it is nearest to', () => {
  expect(nearest('windowsMs', ['windowMs', 'maxWindowMs'])).toBe('windowMs');
  expect(nearest('prot', ['port', 'address'])).toBe('port');
  expect(nearest('STANDALONE', ['serve', 'standalone'])).toBe('standalone');
});

test('a word like none of them is nothing', () => {
  expect(nearest('banana', ['port', 'address'])).toBeUndefined();
  expect(nearest('x'.repeat(100_000), ['port'])).toBeUndefined();
});
