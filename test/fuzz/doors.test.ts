import { afterAll, expect, test } from 'vitest';
import { Coverage } from './coverage.ts';
import type { Door } from './door.ts';
import { bytesDoor, valueDoor } from './door.ts';
import { tryDoor } from './guided.ts';

/** A few inputs for each door, by FUZZ_TRIES and FUZZ_SEED. `npm run fuzz` takes as long as it is given. */
const seed = Number(process.env['FUZZ_SEED'] ?? 1);
const tries = Number(process.env['FUZZ_TRIES'] ?? 12);

// Before anything of `src` is imported.
const coverage = new Coverage();
const { doors } = await import('./doors/doors.ts');
afterAll(() => {
  for (const { close } of doors) close?.();
  coverage.close();
});

test.each(doors)(
  '$name: nothing throws, answers are the same twice, twice the input is twice the work',
  async (door) => {
    const { findings } = await tryDoor(door, coverage, seed, (done) => done >= tries);
    expect(findings).toEqual([]);
  },
);

const faulty: readonly [string, Door, RegExp][] = [
  [
    'a parser that throws for one input of many',
    bytesDoor({
      name: 'throws',
      seeds: ['a'],
      words: ['magic'],
      run: (bytes) => {
        if (Buffer.from(bytes).includes('magic')) throw new Error('no');
      },
    }),
    /^Error: no/,
  ],
  [
    'an answer that is another the next time',
    valueDoor({
      name: 'counts',
      seeds: [{ a: 1 }],
      words: ['a'],
      run: (
        () => () =>
          Math.random()
      )(),
    }),
    /two answers/,
  ],
];

test.each(faulty)('%s is found', async (_name, door, problem) => {
  const { findings } = await tryDoor(door, coverage, 1, (done) => done >= 2000);
  expect(findings[0]?.problem).toMatch(problem);
});

test('a parser that compares each with each other is found', async () => {
  const { refuseDuplicates } = await import('../../src/kinds/shape/uniqueness.ts');
  const slow = bytesDoor({
    name: 'slow',
    seeds: ['abcdef'],
    words: [],
    run: (bytes) => {
      const few = [...bytes.subarray(0, 2000)];
      for (const byte of few) refuseDuplicates(few, () => String(byte), { addIssue: () => {} } as never);
    },
  });
  const { findings } = await tryDoor(slow, coverage, 1, (done) => done >= 3);
  expect(findings.map(({ problem }) => problem)).toContainEqual(
    expect.stringMatching(/twice the input takes [3-5]\.\d times/),
  );
});
