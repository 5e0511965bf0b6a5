import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { PartSearch } from './part-search.ts';

interface Part {
  readonly version: string;
}

const rejectedNow = { message: 'no', since: 0 };

/** A whole whose reader rejects it as long as one of its parts is bad, which those of version `bad…` are. */
class Reader {
  readonly served = new Map<string, Part>();
  readonly search: PartSearch<Part>;
  answers = 0;
  /** The last good parts, which it goes on with. */
  has = new Map<string, Part>();

  constructor() {
    this.search = new PartSearch<Part>({
      get: (key) => this.served.get(key),
      serve: (key, part) => {
        if (part === undefined) this.served.delete(key);
        else this.served.set(key, part);
      },
    });
  }

  put(key: string, version: string): void {
    this.search.put(key, { version });
  }

  answer(): void {
    this.answers++;
    if ([...this.served.values()].some(({ version }) => version.startsWith('bad'))) {
      this.search.reject(rejectedNow);
    } else {
      this.has = new Map(this.served);
      this.search.acknowledged();
    }
  }

  /** Answers until it has ACKed or rejected all that is served. */
  settle(): void {
    do this.answer();
    while (this.search.searching || !isDeepStrictEqual(this.served, this.has));
  }

  versions(): Record<string, string> {
    return Object.fromEntries([...this.has].map(([key, { version }]) => [key, version]));
  }

  rejected(): string[] {
    return [...this.search.rejections().keys()].sort();
  }
}

function fresh(versions: Readonly<Record<string, string>>): Reader {
  const reader = new Reader();
  for (const [key, version] of Object.entries(versions)) reader.put(key, version);
  reader.settle();
  return reader;
}

test('the bad part stays as it was, the others are as they should be', () => {
  const reader = fresh({ a: '1', b: '1', c: '1' });
  reader.put('a', '2');
  reader.put('b', 'bad');
  reader.put('c', '2');
  reader.settle();
  expect(reader.versions()).toEqual({ a: '2', b: '1', c: '2' });
  expect(reader.rejected()).toEqual(['b']);
});

test('a bad part that has never been good is left out', () => {
  const reader = fresh({ a: '1', b: 'bad' });
  expect(reader.versions()).toEqual({ a: '1' });
});

test('a rejection ends with the ACK of another version, and not before', () => {
  const reader = fresh({ a: '1', b: 'bad' });
  reader.put('b', '2');
  expect(reader.rejected()).toEqual(['b']);
  reader.answer();
  expect(reader.rejected()).toEqual([]);
  expect(reader.versions()).toEqual({ a: '1', b: '2' });
});

test('a rejected part that is put again is not served again', () => {
  const reader = fresh({ a: '1', b: '1' });
  reader.put('b', 'bad');
  reader.settle();
  const { answers } = reader;
  reader.put('b', 'bad');
  reader.put('b', '2');
  reader.put('b', 'bad');
  expect(reader.served.get('b')).toEqual({ version: '1' });
  expect(reader.search.searching).toBe(false);
  expect(reader.answers).toBe(answers);
});

test('a rejected part that is put back as it was is not rejected', () => {
  const reader = fresh({ a: '1', b: '1' });
  reader.put('b', 'bad');
  reader.settle();
  reader.put('b', '1');
  expect(reader.rejected()).toEqual([]);
});

test('a deleted part is not rejected', () => {
  const reader = fresh({ a: '1', b: 'bad' });
  reader.search.delete('b');
  expect(reader.rejected()).toEqual([]);
});

test('without a change since the last ACK there is nothing to suspect', () => {
  const reader = fresh({ a: '1' });
  expect(reader.search.reject(rejectedNow)).toBe(false);
});

test('one bad part of a thousand that changed at once is found in few answers', () => {
  const keys = Array.from({ length: 1000 }, (_, i) => `k${i}`);
  const reader = fresh(Object.fromEntries(keys.map((key) => [key, '1'])));
  reader.answers = 0;
  for (const key of keys) reader.put(key, key === 'k613' ? 'bad' : '2');
  reader.settle();
  expect(reader.rejected()).toEqual(['k613']);
  expect(reader.answers).toBeLessThanOrEqual(2 * 10 + 2);
});

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      version: fc.constantFrom('1', '2', '3', 'bad1', 'bad2', undefined),
    }),
  },
  { weight: 2, arbitrary: fc.constant('answer' as const) },
);

test('whatever changes meanwhile: at the end each good part is served, and each bad one is rejected', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const reader = new Reader();
      const wanted = new Map<string, string>();
      for (const now of steps) {
        if (now === 'answer') reader.answer();
        else if (now.version === undefined) {
          wanted.delete(now.key);
          reader.search.delete(now.key);
        } else {
          wanted.set(now.key, now.version);
          reader.put(now.key, now.version);
        }
      }
      reader.settle();
      const bad = [...wanted].filter(([, version]) => version.startsWith('bad'));
      expect(reader.rejected()).toEqual(bad.map(([key]) => key).sort());
      for (const [key, version] of wanted)
        if (!version.startsWith('bad')) expect(reader.versions()[key]).toBe(version);
      for (const key of Object.keys(reader.versions())) expect(wanted.has(key)).toBe(true);
    }),
    { numRuns: 3000 },
  );
});
