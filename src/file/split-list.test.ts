import { expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { splitList } from './split-list.ts';

const list = `---
apiVersion: v1
items:
# the first
- kind: A
  text: |
    - not an item
  list:
  - 1
-
  kind: B

# the last
- kind: C
kind: List
metadata:
  resourceVersion: ""
`;

test('a list is cut into its items and what stands around them', () => {
  const parts = [...splitList({ text: list, linesBefore: 10 })];
  expect(parts.map(({ part, linesBefore }) => [part, linesBefore])).toEqual([
    ['frame', 10],
    ['items', 14],
    ['items', 19],
    ['items', 23],
    ['frame', 24],
  ]);
  expect(parts.map(({ text }) => text).join('')).toBe(list);
  const items = parts
    .filter(({ part }) => part === 'items')
    .map(({ text }) => parseDocument(text).toJS() as unknown);
  expect(parseDocument(list).toJS()).toMatchObject({ items: items.flat() });
});

test('items that are indented are cut just the same', () => {
  const text = 'kind: List\napiVersion: v1\nitems:\n  - a: 1\n    b: 2\n  - a: 3\n';
  expect([...splitList({ text, linesBefore: 0 })].map(({ text: piece }) => piece)).toEqual([
    'kind: List\napiVersion: v1\nitems:\n',
    '  - a: 1\n    b: 2\n',
    '  - a: 3\n',
  ]);
});

test.each([
  ['an object with items of its own', 'apiVersion: v1\nkind: ConfigMap\nitems:\n- a: 1\n'],
  ['a list of another group', 'apiVersion: x/v1\nkind: List\nitems:\n- a: 1\n'],
  ['a list in brackets', 'apiVersion: v1\nkind: List\nitems: [{a: 1}]\n'],
  ['a list without items', 'apiVersion: v1\nkind: List\nitems:\n'],
  ['a list with anchors', 'apiVersion: v1\nkind: List\nitems:\n- a: &x 1\n- a: *x\n'],
])('%s stays whole', (_what, text) => {
  expect([...splitList({ text, linesBefore: 3 })]).toEqual([{ text, linesBefore: 3, part: 'object' }]);
});
