import { expect, test } from 'vitest';
import { bytesOfText, joinBytes } from './own-bytes.ts';

test('bytes to keep have a buffer of their own', () => {
  for (const bytes of [
    bytesOfText('käse'),
    joinBytes([bytesOfText('kä'), bytesOfText(''), bytesOfText('se')]),
  ]) {
    expect(Buffer.from(bytes).toString()).toBe('käse');
    expect(bytes.buffer.byteLength).toBe(5);
  }
  expect(joinBytes([]).length).toBe(0);
});
