import { expect, test } from 'vitest';
import { jsonList } from './json-text.ts';

test.each([
  [[], []],
  [
    [1, null, 'a'],
    [1, null, 'a'],
  ],
  [
    [{}, { a: { b: [1] } }],
    [{}, { a: { b: [1] } }],
  ],
  [[{ a: [].values() }], [{ a: [] }]],
  [[{ a: [1, 2].values(), b: 1, c: ['x'].values() }], [{ a: [1, 2], b: 1, c: ['x'] }]],
])('%j is the same as JSON.parse reads it', (items, expected) => {
  expect(JSON.parse([...jsonList(items)].join(''))).toEqual(expected);
});

test('the values of an iterator come in pieces, and none before it is asked for', () => {
  let made = 0;
  function* values(): Generator<number> {
    while (made < 1000) yield made++;
  }
  const pieces = jsonList([{ id: 1, values: values() }]);
  const first = pieces.next().value;
  expect([made, first?.startsWith('[\n{"id":1')]).toEqual([100, true]);
  const all = (first ?? '') + [...pieces].join('');
  expect(JSON.parse(all)).toEqual([{ id: 1, values: Array.from({ length: 1000 }, (_, i) => i) }]);
});
