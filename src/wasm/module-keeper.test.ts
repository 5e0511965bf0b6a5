import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import { given, ScriptedFetcher } from '../../test/rig/wasm/scripted-fetcher.ts';
import { SilentLog } from '../../test/rig/pipeline/silent-log.ts';
import { BackOff } from '../kube/back-off.ts';
import { must } from '../lib/assert.ts';
import type { ResourceKey } from '../lib/key.ts';
import { decodeRow } from '../kinds/decode.ts';
import type { WantedModule, WasmModuleRow } from '../kinds/own/wasm-module.ts';
import { wasmModuleKey } from '../units/extension-name.ts';
import type { Attempt } from './attempt-queue.ts';
import type { FetchResult } from './module-fetch.ts';
import { ModuleKeeper } from './module-keeper.ts';

const ttlMs = 300_000;
const a = wasmModuleKey('default', 'a', 0);
const b = wasmModuleKey('other', 'b', 0);
const noAnswer = { kind: 'unreachable', reason: 'timeout', message: 'no answer', retryAfterMs: 0 } as const;
const forbidden = { kind: 'denied', reason: 'unauthorized', message: 'DENIED: not yours' } as const;

let clock: ManualClock;
let fetcher: ScriptedFetcher;
let log: SilentLog;
let keeper: ModuleKeeper;
let attempts: Attempt[];
let reported: { readonly key: ResourceKey; readonly row: WasmModuleRow | undefined }[];
let parallel: number;
let memoryBytes: number;
let namespaceMemoryBytes: number;

beforeEach(() => {
  clock = new ManualClock();
  fetcher = new ScriptedFetcher();
  log = new SilentLog();
  reported = [];
  attempts = [];
  parallel = 8;
  memoryBytes = 1000;
  namespaceMemoryBytes = 1000;
  keeper = new ModuleKeeper({
    log,
    clock,
    fetcher,
    options: () => ({
      ttlMs,
      alwaysTtlMs: 60_000,
      retryMs: 1000,
      maxRetryMs: 300_000,
      maxProbeMs: 30_000,
      parallel,
      memoryBytes,
      namespaceMemoryBytes,
      limits: { attemptTimeoutMs: 10_000, connectTimeoutMs: 3000, maxModuleBytes: 1000 },
      places: { allow: [], trust: [], plainHttp: [], refused: [] },
    }),
    backOff: (firstMs, maxMs) => new BackOff(firstMs, maxMs),
    random: () => 0.5,
    onRow: (change) => {
      if (change.kind === 'delete') reported.push({ key: change.key, row: undefined });
      else reported.push({ key: change.row.key, row: decodeRow('WasmModule', change.row.bytes) });
    },
    onAttempt: (attempt) => attempts.push(attempt),
  });
});
afterEach(() => keeper.close());

function image(name: string, more: Partial<WantedModule> = {}): WantedModule {
  return {
    source: { kind: 'image', url: `${name}:1` },
    sha256: undefined,
    credentials: undefined,
    ca: undefined,
    pullPolicy: 'IfNotPresent',
    ...more,
  };
}

function row(key: ResourceKey): WasmModuleRow | undefined {
  return reported.findLast((each) => each.key === key)?.row;
}

function answer(name: string, result: FetchResult | Error): void {
  fetcher.answers.set(`${name}:1`, result);
}

/** Moves the tag, or stops the registry. */
function hang(name: string): void {
  fetcher.answers.delete(`${name}:1`);
}

test('a module is unknown until its registry has answered, and here once it has', async () => {
  keeper.set(a, image('r.test/x'));
  await clock.advanceBy(0);
  expect(row(a)).toEqual({ state: 'unknown', since: '2026-01-01T00:00:00.000Z' });
  answer('r.test/x', given(1));
  fetcher.release('r.test/x:1');
  await clock.advanceBy(5);
  expect(row(a)).toEqual({
    state: 'allowed',
    sha256: '01'.repeat(32),
    size: 100,
    since: '2026-01-01T00:00:00.000Z',
  });
  expect(keeper.module('01'.repeat(32))).toEqual(new Uint8Array(100).fill(1));
  expect(attempts).toMatchObject([{ source: 'image', result: 'allowed', reason: 'network' }]);
});

test('nothing is reported from within the call that sets it', () => {
  keeper.set(a, image('r.test/x'));
  keeper.set(a, undefined);
  expect(reported).toEqual([]);
});

test('policies of a namespace that want the same with the same identity cost one attempt', async () => {
  const c = wasmModuleKey('default', 'c', 0);
  answer('r.test/x', given(1));
  for (const key of [a, b, c]) keeper.set(key, image('r.test/x'));
  await clock.advanceBy(0);
  expect(fetcher.asked.map(({ namespace }) => namespace)).toEqual(['default', 'other']);
  expect([a, b, c].map((key) => row(key)?.state)).toEqual(['allowed', 'allowed', 'allowed']);
  expect(keeper.state().memoryBytes).toBe(100);
});

test('a module that one identity may have is not given to another', async () => {
  answer('r.test/x', given(1));
  keeper.set(a, image('r.test/x', { credentials: { username: 'a', password: 'right' } }));
  await clock.advanceBy(0);
  answer('r.test/x', forbidden);
  keeper.set(b, image('r.test/x'));
  await clock.advanceBy(0);
  expect(row(a)?.state).toBe('allowed');
  expect(row(b)).toMatchObject({ state: 'denied', message: 'DENIED: not yours' });
  expect(row(b)?.sha256).toBeUndefined();
});

test('a tag that moves is noticed at the end of the TTL, and what it named before is kept for a while', async () => {
  answer('r.test/x', given(1));
  keeper.set(a, image('r.test/x'));
  await clock.advanceBy(0);
  answer('r.test/x', given(2));
  await clock.advanceBy(ttlMs * 0.89);
  expect(row(a)?.sha256).toBe('01'.repeat(32));
  await clock.advanceBy(ttlMs * 0.02);
  expect(row(a)?.sha256).toBe('02'.repeat(32));
  expect(keeper.module('01'.repeat(32))).toBeDefined();
  await clock.advanceBy(30_000);
  expect(keeper.module('01'.repeat(32))).toBeUndefined();
  expect(keeper.state().memoryBytes).toBe(100);
});

test('pull policy Always looks sooner', async () => {
  answer('r.test/x', given(1));
  keeper.set(a, image('r.test/x', { pullPolicy: 'Always' }));
  await clock.advanceBy(0);
  answer('r.test/x', given(2));
  await clock.advanceBy(60_000);
  expect(row(a)?.sha256).toBe('02'.repeat(32));
});

test('an attempt that finds what is known changes no row', async () => {
  answer('r.test/x', given(1));
  keeper.set(a, image('r.test/x'));
  await clock.advanceBy(0);
  const before = reported.length;
  await clock.advanceBy(ttlMs * 10);
  expect(fetcher.asked.length).toBeGreaterThan(9);
  expect(must(fetcher.asked.at(-1), 'request').known).toEqual(given(1).module);
  expect(reported).toHaveLength(before);
});

test('when no registry answers, the verdict stays and says so', async () => {
  answer('r.test/x', given(1));
  keeper.set(a, image('r.test/x'));
  await clock.advanceBy(0);
  answer('r.test/x', noAnswer);
  await clock.advanceBy(ttlMs * 3);
  expect(row(a)).toMatchObject({
    state: 'allowed',
    sha256: '01'.repeat(32),
    message: 'no answer',
    nextAttempt: expect.any(String),
  });
  expect(keeper.module('01'.repeat(32))).toBeDefined();
  expect(keeper.state().staleMs).toBeGreaterThan(ttlMs);
  answer('r.test/x', given(1));
  await clock.advanceBy(60_000);
  expect(row(a)).not.toHaveProperty('message');
  expect(keeper.state().staleMs).toBe(0);
});

test('a permission that is taken away is gone at the next check, and the bytes with it', async () => {
  answer('r.test/x', given(1));
  keeper.set(a, image('r.test/x'));
  await clock.advanceBy(0);
  answer('r.test/x', forbidden);
  await clock.advanceBy(ttlMs);
  expect(row(a)).toMatchObject({ state: 'denied', message: 'DENIED: not yours' });
  await clock.advanceBy(30_000);
  expect(keeper.module('01'.repeat(32))).toBeUndefined();
});

test('a refusal is asked for again less and less often, and a permission that is granted is noticed', async () => {
  answer('r.test/x', forbidden);
  keeper.set(a, image('r.test/x'));
  await clock.advanceBy(0);
  const { since } = must(row(a), 'row');
  await clock.advanceBy(3_600_000);
  expect(fetcher.asked.length).toBeGreaterThan(12);
  expect(fetcher.asked.length).toBeLessThan(40);
  expect(row(a)?.since).toBe(since);
  answer('r.test/x', given(1));
  await clock.advanceBy(300_000);
  expect(row(a)?.state).toBe('allowed');
});

test('a rotated secret is checked at once, and the module stays until there is an answer', async () => {
  answer('r.test/x', given(1));
  keeper.set(a, image('r.test/x', { credentials: { username: 'a', password: 'old' } }));
  await clock.advanceBy(0);
  hang('r.test/x');
  keeper.set(a, image('r.test/x', { credentials: { username: 'a', password: 'new' } }));
  await clock.advanceBy(0);
  expect(fetcher.asked).toHaveLength(2);
  expect(row(a)).toMatchObject({
    state: 'allowed',
    sha256: '01'.repeat(32),
    message: expect.stringContaining('not checked yet'),
  });
  expect(keeper.module('01'.repeat(32))).toBeDefined();
  answer('r.test/x', forbidden);
  fetcher.release('r.test/x:1');
  await clock.advanceBy(0);
  expect(row(a)?.state).toBe('denied');
});

test('a tag that moves to something that is no module leaves the one from before', async () => {
  answer('r.test/x', given(1));
  keeper.set(a, image('r.test/x'));
  await clock.advanceBy(0);
  answer('r.test/x', { kind: 'denied', reason: 'content', message: 'no WASM module' });
  await clock.advanceBy(ttlMs);
  expect(row(a)).toMatchObject({ state: 'allowed', sha256: '01'.repeat(32), message: 'no WASM module' });
});

test('a registry that hangs takes no more than half of the places from the others', async () => {
  for (let i = 0; i < 10; i++) keeper.set(wasmModuleKey('default', `h${i}`, 0), image(`hangs.test/x${i}`));
  answer('r.test/x', given(1));
  keeper.set(a, image('r.test/x'));
  await clock.advanceBy(0);
  expect(row(a)?.state).toBe('allowed');
  expect(fetcher.asked).toHaveLength(3);
});

test('registries that have failed take no more than half of the places together', async () => {
  for (let i = 0; i < 6; i++) {
    answer(`bad${i}.test/x`, noAnswer);
    keeper.set(wasmModuleKey('default', `h${i}`, 0), image(`bad${i}.test/x`));
  }
  await clock.advanceBy(0);
  for (let i = 0; i < 6; i++) hang(`bad${i}.test/x`);
  await clock.advanceBy(120_000);
  expect(keeper.state().backlog).toBe(6);
  answer('r.test/x', given(1));
  keeper.set(a, image('r.test/x'));
  await clock.advanceBy(0);
  expect(row(a)?.state).toBe('allowed');
});

test('of a registry that does not answer, one module is probed, and when it is back all are checked', async () => {
  const keys = Array.from({ length: 20 }, (_, i) => wasmModuleKey('default', `p${i}`, 0));
  for (const [i, key] of keys.entries()) {
    answer(`down.test/x${i}`, noAnswer);
    keeper.set(key, image(`down.test/x${i}`));
  }
  await clock.advanceBy(10_000);
  expect(keeper.state().registries).toEqual({ closed: 0, open: 1, 'half-open': 0 });
  expect(row(must(keys[19], 'key'))).toMatchObject({ state: 'unreachable', message: 'no answer' });
  const before = fetcher.asked.length;
  await clock.advanceBy(300_000);
  expect(fetcher.asked.length - before).toBeGreaterThan(8);
  expect(fetcher.asked.length - before).toBeLessThan(25);
  for (const [i] of keys.entries()) answer(`down.test/x${i}`, given(i, 10));
  await clock.advanceBy(30_000);
  expect(keys.map((key) => row(key)?.state)).toEqual(keys.map(() => 'allowed'));
  expect(keeper.state().registries).toEqual({ closed: 1, open: 0, 'half-open': 0 });
  const lines = log.lines.filter(({ message }) => message.startsWith('the registry'));
  expect(lines.map(({ message }) => message)).toEqual([
    'the registry does not answer: Sluice only probes it until it does, and its modules stay as they are',
    'the registry answers again',
  ]);
});

test('a probe that ends by a bug of ours is followed by another', async () => {
  answer('down.test/x', noAnswer);
  keeper.set(a, image('down.test/x'));
  await clock.advanceBy(20_000);
  answer('down.test/x', new Error('a bug'));
  await clock.advanceBy(120_000);
  answer('down.test/x', given(1));
  await clock.advanceBy(60_000);
  expect(row(a)?.state).toBe('allowed');
  expect(log.lines.some(({ level }) => level === 'error')).toBe(true);
});

test('a source that names no place is denied without an attempt', async () => {
  for (const url of ['', 'file:///etc/passwd', 'unix:///run/x.sock', 'http:', '//x', 'UPPER CASE'])
    for (const kind of ['http', 'image'] as const) {
      keeper.set(a, image('r.test/x', { source: { kind, url } }));
      await clock.advanceBy(0);
      expect(row(a)?.state).toBe('denied');
    }
  expect(fetcher.asked).toEqual([]);
});

test('a module that does not fit is refused, and gets its place when another one is gone', async () => {
  memoryBytes = 150;
  namespaceMemoryBytes = 150;
  answer('r.test/x', given(1));
  answer('r.test/y', given(2));
  keeper.set(a, image('r.test/x'));
  await clock.advanceBy(0);
  keeper.set(b, image('r.test/y'));
  await clock.advanceBy(0);
  expect(row(b)).toMatchObject({ state: 'denied', message: expect.stringContaining('wasm.memoryMiB') });
  keeper.set(a, undefined);
  await clock.advanceBy(300_000);
  expect(row(a)).toBeUndefined();
  expect(row(b)?.state).toBe('allowed');
  expect(keeper.state()).toMatchObject({ memoryBytes: 100, modules: { allowed: 1 } });
});

test('a module that no plugin wants is no longer asked for', async () => {
  answer('r.test/x', given(1));
  keeper.set(a, image('r.test/x'));
  await clock.advanceBy(0);
  keeper.set(a, undefined);
  await clock.advanceBy(ttlMs * 3);
  expect(fetcher.asked).toHaveLength(1);
  expect(reported.at(-1)).toEqual({ key: a, row: undefined });
  expect(keeper.state()).toMatchObject({ memoryBytes: 0, registries: { closed: 0 } });
});

test('an answer that comes after its policy is gone is of no effect', async () => {
  keeper.set(a, image('r.test/x'));
  await clock.advanceBy(0);
  keeper.set(a, undefined);
  answer('r.test/x', given(1));
  fetcher.release('r.test/x:1');
  await clock.advanceBy(60_000);
  expect(row(a)).toBeUndefined();
  expect(keeper.state().memoryBytes).toBe(0);
});

test('a change of state is one line in the log, however often it is found', async () => {
  answer('r.test/x', forbidden);
  keeper.set(a, image('r.test/x'));
  await clock.advanceBy(3_600_000);
  expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
});

test('what was allowed before a restart is here at once, says so, and is checked', async () => {
  const { module, bytes } = given(1);
  fetcher.disk.set('r.test/x:1', { module, bytes: must(bytes, 'bytes') });
  keeper.set(a, image('r.test/x'));
  await clock.advanceBy(0);
  expect(row(a)).toMatchObject({
    state: 'allowed',
    sha256: module.sha256,
    message: expect.stringContaining('not confirmed'),
  });
  expect(keeper.module(module.sha256)).toEqual(bytes);
  expect(fetcher.asked).toMatchObject([{ known: module }]);
  answer('r.test/x', given(1));
  fetcher.release('r.test/x:1');
  await clock.advanceBy(0);
  expect(row(a)).not.toHaveProperty('message');
});

test('what was allowed before a restart is gone when the registry says no', async () => {
  const { module, bytes } = given(1);
  fetcher.disk.set('r.test/x:1', { module, bytes: must(bytes, 'bytes') });
  answer('r.test/x', forbidden);
  keeper.set(a, image('r.test/x'));
  await clock.advanceBy(30_000);
  expect(row(a)?.state).toBe('denied');
  expect(keeper.state().memoryBytes).toBe(0);
});

test('modules on disk are found however many registries hang', async () => {
  const keys = Array.from({ length: 30 }, (_, i) => wasmModuleKey('default', `p${i}`, 0));
  for (const [i, key] of keys.entries()) {
    const { module, bytes } = given(i, 10);
    fetcher.disk.set(`hangs.test/x${i}:1`, { module, bytes: must(bytes, 'bytes') });
    keeper.set(key, image(`hangs.test/x${i}`));
  }
  await clock.advanceBy(0);
  expect(keys.map((key) => row(key)?.state)).toEqual(keys.map(() => 'allowed'));
});
