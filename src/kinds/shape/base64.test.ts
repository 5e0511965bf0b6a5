import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isBase64 } from './base64.ts';

test.each([
  ['', true],
  ['aGk=', true],
  ['aGk', false],
  ['aA==', true],
  ['aA=', false],
  ['a===', false],
  ['aGkh\naGkh\r\n', true],
  ['aG k\t=', true],
  ['aA= =', true],
  ['aA==aGkh', false],
  ['aGk!', false],
  ['aGkä', false],
  ['-_-_', false],
])('%j: %s', (text, is) => {
  expect(isBase64(text)).toBe(is);
});

test('whatever bytes are encoded, folded anywhere, pass, and are what Buffer decodes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (bytes, width) => {
      const text = Buffer.from(bytes)
        .toString('base64')
        .replaceAll(new RegExp(`.{${width}}`, 'g'), '$&\n');
      expect(isBase64(text)).toBe(true);
      expect(new Uint8Array(Buffer.from(text, 'base64'))).toEqual(bytes);
    }),
  );
});
