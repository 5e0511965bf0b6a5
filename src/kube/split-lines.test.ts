import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineSplitter } from './split-lines.ts';

test('lines are the same, however the body is cut into chunks', () => {
  const lines = fc.array(
    fc.string({ unit: 'grapheme', minLength: 1 }).filter((line) => !line.includes('\n')),
  );
  fc.assert(
    fc.property(lines, fc.array(fc.nat(40)), (wanted, cuts) => {
      const body = Buffer.from(wanted.map((line) => `${line}\n`).join(''));
      const splitter = new LineSplitter();
      const found = chunksOf(body, cuts).flatMap((chunk) => [...splitter.push(chunk)].map(String));
      expect(found).toEqual(wanted);
    }),
  );
});

test('what has no end is no line', () => {
  expect([...new LineSplitter().push(Buffer.from('a\n\nb'))].map(String)).toEqual(['a']);
});

test('a line without end is refused before it fills the memory', () => {
  const splitter = new LineSplitter();
  const chunk = Buffer.alloc(64 * 1024, 'x');
  let chunks = 0;
  expect(() => {
    for (; chunks < 1000; chunks++) expect([...splitter.push(chunk)]).toEqual([]);
  }).toThrow('a line of the watch is longer than 4194304 bytes');
  expect(chunks).toBe(64);
});

function chunksOf(body: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...cuts.map((cut) => Math.min(cut, body.length)), body.length].sort((a, b) => a - b);
  return ends.map((end, i) => body.subarray(ends[i - 1] ?? 0, end));
}
