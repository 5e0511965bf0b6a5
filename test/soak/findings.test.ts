import { expect, test } from 'vitest';
import { missedIn } from './findings.ts';

test('a figure above its goal is missed, and one that is no number; times are not judged', async () => {
  const missed = await missedIn(async ({ report }) => {
    report('requests that failed', 1, 0);
    report('refused updates', NaN, 0);
    report('kept', 3, 3);
    report('the last ACK, p99', 900, 50, 'ms');
    report('requests', 10_000);
  });
  expect(missed).toEqual(['requests that failed: 1', 'refused updates: NaN']);
});

test('a scenario in which nothing is judged fails', async () => {
  expect(await missedIn(async () => {})).toEqual(['nothing was judged: 1']);
  const onlyTimes = await missedIn(async ({ report }) => report('p99', 1, 50, 'ms'));
  expect(onlyTimes).toEqual(['nothing was judged: 1']);
});

test('an error that ends a scenario is a goal that was missed', async () => {
  expect(await missedIn(() => Promise.reject(new Error('no Envoy')))).toEqual(['ended by an error: 1']);
});
