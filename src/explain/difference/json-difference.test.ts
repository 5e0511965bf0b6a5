import { expect, test } from 'vitest';
import { drainOf } from './drains.ts';
import { jsonDifference } from './json-difference.ts';

test('fields are named by their paths, missing ones too', () => {
  expect(jsonDifference({ a: { b: 1, c: [1, 2] }, d: null }, { a: { b: 2, c: [1, 2] }, e: 'x' })).toEqual([
    { path: 'a.b', before: 1, after: 2 },
    { path: 'd', before: null, after: undefined },
    { path: 'e', before: undefined, after: 'x' },
  ]);
  expect(jsonDifference([{ a: 1 }], [{ a: 1 }])).toEqual([]);
});

test('an item put into a list, or taken out, is one change', () => {
  expect(jsonDifference(['a', 'c'], ['a', 'b', 'c'])).toEqual([
    { path: '[1]', before: undefined, after: 'b' },
  ]);
  expect(jsonDifference(['a', 'b', 'c'], ['b', 'c'])).toEqual([
    { path: '[0]', before: 'a', after: undefined },
  ]);
  expect(jsonDifference([{ n: 1 }, { n: 2 }], [{ n: 1 }, { n: 3 }])).toEqual([
    { path: '[1].n', before: 2, after: 3 },
  ]);
});

const chain = (name: string, more: object = {}) => ({ name, ...more });
const listener = (...filterChains: { readonly name: string }[]) => ({ name: 'l', filterChains });

test.each([
  ['a new listener', undefined, listener(chain('a')), { kind: 'none' }],
  ['a removed one', listener(chain('a')), undefined, { kind: 'all' }],
  ['a new chain', listener(chain('a')), listener(chain('a'), chain('b')), { kind: 'none' }],
  [
    'a removed chain',
    listener(chain('a'), chain('b')),
    listener(chain('b')),
    { kind: 'chains', chains: ['a'] },
  ],
  [
    'a changed chain',
    listener(chain('a')),
    listener(chain('a', { filters: [] })),
    { kind: 'chains', chains: ['a'] },
  ],
  ['another field', listener(chain('a')), { ...listener(chain('a')), address: {} }, { kind: 'all' }],
])('%s drains what it must', (_, before, after, drain) => {
  expect(drainOf(before, after)).toEqual(drain);
});
