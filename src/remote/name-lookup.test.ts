import { expect, test } from 'vitest';
import { limitedLookup } from './name-lookup.ts';

test('an address is itself, without a question to a name server', async () => {
  const lookup = limitedLookup(() => Promise.reject(new Error('asked')));
  expect(await lookup('192.0.2.1', 'ns')).toEqual(['192.0.2.1']);
  expect(await lookup('fd00::1', 'ns')).toEqual(['fd00::1']);
});

/** Without an answering name server, the system gives up after tens of seconds. */
const patience = { timeout: 180_000 };

test('the system knows localhost, and does not know a name that does not exist', patience, async () => {
  const lookup = limitedLookup();
  expect(await lookup('localhost', 'ns')).toContain('127.0.0.1');
  await expect(lookup('nowhere.invalid', 'ns')).rejects.toMatchObject({
    result: {
      kind: 'unreachable',
      reason: 'network',
      message: expect.stringMatching(/^nowhere.invalid cannot be resolved \(E/),
    },
  });
});

interface Lookups {
  readonly asked: string[];
  readonly ask: (host: string, namespace: string) => Promise<readonly string[] | 'refused'>;
  /** Answers a running lookup, and lets others take their turns. */
  readonly answer: (host: string) => Promise<void>;
}

function lookups(): Lookups {
  const asked: string[] = [];
  const answers = new Map<string, () => void>();
  const lookup = limitedLookup((host) => {
    asked.push(host);
    return new Promise((resolve) => answers.set(host, () => resolve(['192.0.2.1'])));
  });
  return {
    asked,
    ask: (host, namespace) => lookup(host, namespace).catch(() => 'refused' as const),
    async answer(host) {
      answers.get(host)?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test('a namespace looks up one name at a time, others wait for their turn, and no more than so many', async () => {
  const { asked, ask, answer } = lookups();
  const all = Array.from({ length: 40 }, (_, i) => ask(`n${i}.test`, 'a'));
  await answer('');
  expect(asked).toEqual(['n0.test']);
  for (let i = 0; i < 33; i++) {
    await answer(`n${i}.test`);
    expect(asked.length).toBeLessThanOrEqual(i + 2);
  }
  const results = await Promise.all(all);
  expect(results.filter((result) => result === 'refused')).toHaveLength(7);
  expect(asked).toHaveLength(33);
});

test('silent name servers of one namespace leave the others a place, in turns', async () => {
  const { asked, ask, answer } = lookups();
  for (let i = 0; i < 30; i++) void ask(`silent${i}.test`, 'a');
  for (const name of ['b0', 'b1', 'b2']) void ask(`${name}.test`, 'b');
  void ask('c0.test', 'c');
  await answer('');
  expect(asked).toEqual(['silent0.test', 'b0.test']);
  for (const name of ['b0', 'b1', 'c0', 'b2']) {
    expect(asked.at(-1)).toBe(`${name}.test`);
    await answer(`${name}.test`);
  }
  expect(asked).toEqual(['silent0.test', 'b0.test', 'b1.test', 'c0.test', 'b2.test']);
});
