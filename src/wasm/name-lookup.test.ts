import { expect, test } from 'vitest';
import { limitedLookup } from './name-lookup.ts';

test('an address is itself, and asks nobody', async () => {
  const lookup = limitedLookup(() => Promise.reject(new Error('asked')));
  expect(await lookup('192.0.2.1')).toEqual(['192.0.2.1']);
  expect(await lookup('fd00::1')).toEqual(['fd00::1']);
});

/** Where no server of names answers, the system gives up after tens of seconds. */
const patience = { timeout: 180_000 };

test('the system knows localhost, and does not know what nobody has', patience, async () => {
  const lookup = limitedLookup();
  expect(await lookup('localhost')).toContain('127.0.0.1');
  await expect(lookup('nowhere.invalid')).rejects.toMatchObject({
    result: {
      kind: 'unreachable',
      reason: 'network',
      message: expect.stringMatching(/^nowhere.invalid cannot be resolved \(E/),
    },
  });
});

test('two names are looked up at a time, others wait for their turn, and no more than so many', async () => {
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  const lookup = limitedLookup((host) => {
    asked.push(host);
    return new Promise((resolve) => answers.push(() => resolve(['192.0.2.1'])));
  });
  const all = Array.from({ length: 70 }, (_, i) => lookup(`n${i}.test`).catch(() => 'refused'));
  await Promise.resolve();
  expect(asked).toEqual(['n0.test', 'n1.test']);
  for (let i = 0; i < 66; i++) {
    await expect.poll(() => answers.length).toBeGreaterThan(i);
    expect(asked.length).toBeLessThanOrEqual(i + 2);
    answers[i]?.();
  }
  const results = await Promise.all(all);
  expect(results.filter((result) => result === 'refused')).toHaveLength(4);
  expect(asked).toHaveLength(66);
});
