import { expect, test } from 'vitest';
import { Arena } from './arena.ts';

test('an arena grows with what is added, and keeps what it has', () => {
  const arena = new Arena();
  const text = 'é€😀'.repeat(10_000);
  expect(arena.addText('head')).toBe(4);
  const length = arena.addText(text);
  expect(length).toBe(Buffer.byteLength(text));
  arena.addBytes(Buffer.from('tail'));
  expect(Buffer.from(arena.bytes).toString()).toBe(`head${text}tail`);
  arena.clear();
  expect(arena.bytes).toHaveLength(0);
});
