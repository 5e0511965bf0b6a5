import { afterEach, beforeEach, expect, test } from 'vitest';
import { a, b, forbidden, image, KeptModules, ttlMs } from '../../test/rig/wasm/kept-modules.ts';
import { given } from '../../test/rig/wasm/scripted-fetcher.ts';
import { wasmModuleKey } from '../units/extension-name.ts';

let modules: KeptModules;

beforeEach(() => {
  modules = new KeptModules();
});
afterEach(() => modules.keeper.close());

test('a module is unknown until its registry has answered, and here once it has', async () => {
  modules.keeper.set(a, image('r.test/x'));
  await modules.clock.advanceBy(0);
  expect(modules.row(a)).toEqual({ state: 'unknown', since: '2026-01-01T00:00:00.000Z' });
  modules.answer('r.test/x', given(1));
  modules.fetcher.release('r.test/x:1');
  await modules.clock.advanceBy(5);
  expect(modules.row(a)).toEqual({
    state: 'allowed',
    sha256: '01'.repeat(32),
    size: 100,
    since: '2026-01-01T00:00:00.000Z',
  });
  expect(modules.keeper.module('01'.repeat(32))).toEqual(new Uint8Array(100).fill(1));
  expect(modules.attempts).toMatchObject([{ source: 'image', result: 'allowed', reason: 'network' }]);
});

test('nothing is reported from within the call that sets it', () => {
  modules.keeper.set(a, image('r.test/x'));
  modules.keeper.set(a, undefined);
  expect(modules.reported).toEqual([]);
});

test('policies of a namespace that want the same with the same identity cost one attempt', async () => {
  const c = wasmModuleKey('default', 'c', 0);
  modules.answer('r.test/x', given(1));
  for (const key of [a, b, c]) modules.keeper.set(key, image('r.test/x'));
  await modules.clock.advanceBy(0);
  expect(modules.fetcher.asked.map(({ namespace }) => namespace)).toEqual(['default', 'other']);
  expect([a, b, c].map((key) => modules.row(key)?.state)).toEqual(['allowed', 'allowed', 'allowed']);
  expect(modules.keeper.state().memoryBytes).toBe(100);
});

test('a module that one identity may have is not given to another', async () => {
  modules.answer('r.test/x', given(1));
  modules.keeper.set(a, image('r.test/x', { credentials: { username: 'a', password: 'right' } }));
  await modules.clock.advanceBy(0);
  modules.answer('r.test/x', forbidden);
  modules.keeper.set(b, image('r.test/x'));
  await modules.clock.advanceBy(0);
  expect(modules.row(a)?.state).toBe('allowed');
  expect(modules.row(b)).toMatchObject({ state: 'denied', message: 'DENIED: not yours' });
  expect(modules.row(b)?.sha256).toBeUndefined();
});

test('a source that names no place is denied without an attempt', async () => {
  for (const url of ['', 'file:///etc/passwd', 'unix:///run/x.sock', 'http:', '//x', 'UPPER CASE'])
    for (const kind of ['http', 'image'] as const) {
      modules.keeper.set(a, image('r.test/x', { source: { kind, url } }));
      await modules.clock.advanceBy(0);
      expect(modules.row(a)?.state).toBe('denied');
    }
  expect(modules.fetcher.asked).toEqual([]);
});

test('a module that does not fit is refused, and gets its place when another one is gone', async () => {
  modules.memoryBytes = 150;
  modules.answer('r.test/x', given(1));
  modules.answer('r.test/y', given(2));
  modules.keeper.set(a, image('r.test/x'));
  await modules.clock.advanceBy(0);
  modules.keeper.set(b, image('r.test/y'));
  await modules.clock.advanceBy(0);
  expect(modules.row(b)).toMatchObject({
    state: 'denied',
    message: expect.stringContaining('wasm.memoryMiB'),
  });
  modules.keeper.set(a, undefined);
  await modules.clock.advanceBy(300_000);
  expect(modules.row(a)).toBeUndefined();
  expect(modules.row(b)?.state).toBe('allowed');
  expect(modules.keeper.state()).toMatchObject({ memoryBytes: 100, modules: { allowed: 1 } });
});

test('a module that no plugin wants is no longer asked for', async () => {
  modules.answer('r.test/x', given(1));
  modules.keeper.set(a, image('r.test/x'));
  await modules.clock.advanceBy(0);
  modules.keeper.set(a, undefined);
  await modules.clock.advanceBy(ttlMs * 3);
  expect(modules.fetcher.asked).toHaveLength(1);
  expect(modules.reported.at(-1)).toEqual({ key: a, row: undefined });
  expect(modules.keeper.state()).toMatchObject({ memoryBytes: 0, registries: { closed: 0 } });
});

test('an answer that comes after its policy is gone is of no effect', async () => {
  modules.keeper.set(a, image('r.test/x'));
  await modules.clock.advanceBy(0);
  modules.keeper.set(a, undefined);
  modules.answer('r.test/x', given(1));
  modules.fetcher.release('r.test/x:1');
  await modules.clock.advanceBy(60_000);
  expect(modules.row(a)).toBeUndefined();
  expect(modules.keeper.state().memoryBytes).toBe(0);
});

test('a change of state is one line in the log, however often it is found', async () => {
  modules.answer('r.test/x', forbidden);
  modules.keeper.set(a, image('r.test/x'));
  await modules.clock.advanceBy(3_600_000);
  expect(modules.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
});
