import { expect, test } from 'vitest';
import { Rejections } from './rejections.ts';

const rejected = (version: string, message = 'no') => ({ version, message, since: 0 });

test('what counts is what is rejected as it is published', () => {
  const published = new Map([
    ['a', '1'],
    ['b', '1'],
  ]);
  const rejections = new Rejections((name) => published.get(name));
  for (const name of ['a', 'b', 'c']) rejections.set(name, rejected('1'));
  expect(rejections.size).toBe(2);
  published.set('b', '2');
  rejections.moved('b');
  expect(rejections.size).toBe(1);
  published.set('b', '1');
  rejections.moved('b');
  rejections.delete('a');
  rejections.moved('a');
  expect([rejections.size, rejections.get('a'), rejections.get('b')?.version]).toEqual([1, undefined, '1']);
  rejections.set('b', rejected('3'));
  expect(rejections.size).toBe(0);
});

test('a client’s messages about all that it rejects are bounded together, and there is room again when it takes something', () => {
  const rejections = new Rejections(() => '1');
  const kept = (): number =>
    Array.from({ length: 1000 }, (_, i) => rejections.get(`n${i}`)?.message.length ?? 0).reduce(
      (a, b) => a + b,
    );
  for (let i = 0; i < 1000; i++) rejections.set(`n${i}`, rejected('1', 'x'.repeat(4096)));
  expect(kept()).toBe(64 * 1024);
  for (let i = 0; i < 1000; i++) rejections.set('n0', rejected('1', 'x'.repeat(4096)));
  expect([kept(), rejections.size]).toEqual([64 * 1024, 1000]);
  for (let i = 0; i < 1000; i++) rejections.delete(`n${i}`);
  rejections.set('n1', rejected('1', 'why'));
  expect(rejections.get('n1')?.message).toBe('why');
});
