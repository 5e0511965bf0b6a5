import { afterEach, beforeEach, expect, test } from 'vitest';
import { a, forbidden, image, KeptModules, noAnswer, ttlMs } from '../../test/rig/wasm/kept-modules.ts';
import { given } from '../../test/rig/wasm/scripted-fetcher.ts';
import { must } from '../lib/assert.ts';

let modules: KeptModules;

beforeEach(() => {
  modules = new KeptModules();
});
afterEach(() => modules.keeper.close());

test('a tag that moves is noticed at the end of the TTL, and what it named before is kept for a while', async () => {
  modules.answer('r.test/x', given(1));
  modules.keeper.set(a, image('r.test/x'));
  await modules.clock.advanceBy(0);
  modules.answer('r.test/x', given(2));
  await modules.clock.advanceBy(ttlMs * 0.89);
  expect(modules.row(a)?.sha256).toBe('01'.repeat(32));
  await modules.clock.advanceBy(ttlMs * 0.02);
  expect(modules.row(a)?.sha256).toBe('02'.repeat(32));
  expect(modules.keeper.module('01'.repeat(32))).toBeDefined();
  await modules.clock.advanceBy(30_000);
  expect(modules.keeper.module('01'.repeat(32))).toBeUndefined();
  expect(modules.keeper.state().memoryBytes).toBe(100);
});

test('pull policy Always looks sooner', async () => {
  modules.answer('r.test/x', given(1));
  modules.keeper.set(a, image('r.test/x', { pullPolicy: 'Always' }));
  await modules.clock.advanceBy(0);
  modules.answer('r.test/x', given(2));
  await modules.clock.advanceBy(60_000);
  expect(modules.row(a)?.sha256).toBe('02'.repeat(32));
});

test('an attempt that finds what is known changes no row', async () => {
  modules.answer('r.test/x', given(1));
  modules.keeper.set(a, image('r.test/x'));
  await modules.clock.advanceBy(0);
  const before = modules.reported.length;
  await modules.clock.advanceBy(ttlMs * 10);
  expect(modules.fetcher.asked.length).toBeGreaterThan(9);
  expect(must(modules.fetcher.asked.at(-1), 'request').known).toEqual(given(1).module);
  expect(modules.reported).toHaveLength(before);
});

test('when no registry answers, the verdict stays and says so', async () => {
  modules.answer('r.test/x', given(1));
  modules.keeper.set(a, image('r.test/x'));
  await modules.clock.advanceBy(0);
  modules.answer('r.test/x', noAnswer);
  await modules.clock.advanceBy(ttlMs * 3);
  expect(modules.row(a)).toMatchObject({
    state: 'allowed',
    sha256: '01'.repeat(32),
    message: 'no answer',
    nextAttempt: expect.any(String),
  });
  expect(modules.keeper.module('01'.repeat(32))).toBeDefined();
  expect(modules.keeper.state().staleMs).toBeGreaterThan(ttlMs);
  modules.answer('r.test/x', given(1));
  await modules.clock.advanceBy(60_000);
  expect(modules.row(a)).not.toHaveProperty('message');
  expect(modules.keeper.state().staleMs).toBe(0);
});

test('a permission that is taken away is gone at the next check, and the bytes with it', async () => {
  modules.answer('r.test/x', given(1));
  modules.keeper.set(a, image('r.test/x'));
  await modules.clock.advanceBy(0);
  modules.answer('r.test/x', forbidden);
  await modules.clock.advanceBy(ttlMs);
  expect(modules.row(a)).toMatchObject({ state: 'denied', message: 'DENIED: not yours' });
  await modules.clock.advanceBy(30_000);
  expect(modules.keeper.module('01'.repeat(32))).toBeUndefined();
});

test('a refusal is asked for again less and less often, and a permission that is granted is noticed', async () => {
  modules.answer('r.test/x', forbidden);
  modules.keeper.set(a, image('r.test/x'));
  await modules.clock.advanceBy(0);
  const { since } = must(modules.row(a), 'row');
  await modules.clock.advanceBy(3_600_000);
  expect(modules.fetcher.asked.length).toBeGreaterThan(12);
  expect(modules.fetcher.asked.length).toBeLessThan(40);
  expect(modules.row(a)?.since).toBe(since);
  modules.answer('r.test/x', given(1));
  await modules.clock.advanceBy(300_000);
  expect(modules.row(a)?.state).toBe('allowed');
});

test('a rotated secret is checked at once, and the module stays until there is an answer', async () => {
  modules.answer('r.test/x', given(1));
  modules.keeper.set(a, image('r.test/x', { credentials: { username: 'a', password: 'old' } }));
  await modules.clock.advanceBy(0);
  modules.hang('r.test/x');
  modules.keeper.set(a, image('r.test/x', { credentials: { username: 'a', password: 'new' } }));
  await modules.clock.advanceBy(0);
  expect(modules.fetcher.asked).toHaveLength(2);
  expect(modules.row(a)).toMatchObject({
    state: 'allowed',
    sha256: '01'.repeat(32),
    message: expect.stringContaining('not checked yet'),
  });
  expect(modules.keeper.module('01'.repeat(32))).toBeDefined();
  modules.answer('r.test/x', forbidden);
  modules.fetcher.release('r.test/x:1');
  await modules.clock.advanceBy(0);
  expect(modules.row(a)?.state).toBe('denied');
});

test('a tag that moves to something that is no module leaves the one from before', async () => {
  modules.answer('r.test/x', given(1));
  modules.keeper.set(a, image('r.test/x'));
  await modules.clock.advanceBy(0);
  modules.answer('r.test/x', { kind: 'denied', reason: 'content', message: 'no WASM module' });
  await modules.clock.advanceBy(ttlMs);
  expect(modules.row(a)).toMatchObject({
    state: 'allowed',
    sha256: '01'.repeat(32),
    message: 'no WASM module',
  });
});

test('what was allowed before a restart is here at once, says so, and is checked', async () => {
  const { module, bytes } = given(1);
  modules.fetcher.disk.set('r.test/x:1', { module, bytes: must(bytes, 'bytes') });
  modules.keeper.set(a, image('r.test/x'));
  await modules.clock.advanceBy(0);
  expect(modules.row(a)).toMatchObject({
    state: 'allowed',
    sha256: module.sha256,
    message: expect.stringContaining('not confirmed'),
  });
  expect(modules.keeper.module(module.sha256)).toEqual(bytes);
  expect(modules.fetcher.asked).toMatchObject([{ known: module }]);
  modules.answer('r.test/x', given(1));
  modules.fetcher.release('r.test/x:1');
  await modules.clock.advanceBy(0);
  expect(modules.row(a)).not.toHaveProperty('message');
});

test('what was allowed before a restart is gone when the registry says no', async () => {
  const { module, bytes } = given(1);
  modules.fetcher.disk.set('r.test/x:1', { module, bytes: must(bytes, 'bytes') });
  modules.answer('r.test/x', forbidden);
  modules.keeper.set(a, image('r.test/x'));
  await modules.clock.advanceBy(30_000);
  expect(modules.row(a)?.state).toBe('denied');
  expect(modules.keeper.state().memoryBytes).toBe(0);
});
