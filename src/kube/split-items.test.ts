import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ItemSplitter } from './split-items.ts';

const before = fc.record({ kind: fc.string(), metadata: fc.object({ maxDepth: 2 }) });

test('items and what is around them are the same, however the body is cut into chunks', () => {
  fc.assert(
    fc.property(
      before,
      fc.array(fc.jsonValue()),
      fc.boolean(),
      fc.array(fc.nat(200)),
      (list, items, pretty, cuts) => {
        const around = JSON.parse(JSON.stringify(list)) as object;
        const last = { last: ['"items":[', { items: [1] }] };
        const body = Buffer.from(JSON.stringify({ ...around, items, ...last }, null, pretty ? 2 : 0));
        const splitter = new ItemSplitter();
        const found = chunksOf(body, cuts).flatMap((chunk) => [...splitter.push(chunk)].map(parsed));
        expect(found).toEqual(JSON.parse(JSON.stringify(items)));
        expect(parsed(splitter.end())).toEqual({ ...around, items: [], ...last });
      },
    ),
  );
});

test('a list that is cut off anywhere has no end', () => {
  const body = Buffer.from('{"kind":"ServiceList","items":[{"a":"}]"},{"b":1}],"metadata":{}}');
  for (let length = 1; length < body.length; length++) {
    const splitter = new ItemSplitter();
    expect([...splitter.push(body.subarray(0, length))].length).toBeLessThanOrEqual(2);
    expect(splitter.end()).toBeUndefined();
  }
});

test('an item without end is refused before it fills the memory', () => {
  const splitter = new ItemSplitter();
  expect([...splitter.push(Buffer.from('{"items":["'))]).toEqual([]);
  const chunk = Buffer.alloc(64 * 1024, 'x');
  let chunks = 0;
  expect(() => {
    for (; chunks < 1000; chunks++) expect([...splitter.push(chunk)]).toEqual([]);
  }).toThrow('an item of the list is longer than 4194304 bytes');
  expect(chunks).toBeLessThan(65);
});

function parsed(text: Buffer | undefined): unknown {
  return JSON.parse(String(text));
}

function chunksOf(body: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...cuts.map((cut) => Math.min(cut, body.length)), body.length].sort((a, b) => a - b);
  return ends.map((end, i) => body.subarray(ends[i - 1] ?? 0, end));
}
