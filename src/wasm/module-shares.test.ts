import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import { given, ScriptedFetcher } from '../../test/rig/wasm/scripted-fetcher.ts';
import { SilentLog } from '../../test/rig/pipeline/silent-log.ts';
import { BackOff } from '../kube/back-off.ts';
import type { ResourceKey } from '../lib/key.ts';
import { decodeRow } from '../kinds/decode.ts';
import type { WasmModuleRow } from '../kinds/own/wasm-module.ts';
import { wasmModuleKey } from '../units/extension-name.ts';
import { ModuleKeeper } from './module-keeper.ts';

/** Four of the largest modules fill the memory, as by default; one is a namespace's share. */
const MiB = 1024 * 1024;
const memoryBytes = 64 * MiB;
const noAnswer = { kind: 'unreachable', reason: 'tls', message: 'wrong authority', retryAfterMs: 0 } as const;

let clock: ManualClock;
let fetcher: ScriptedFetcher;
let keeper: ModuleKeeper;
let rows: Map<ResourceKey, WasmModuleRow>;

beforeEach(() => {
  clock = new ManualClock();
  fetcher = new ScriptedFetcher();
  rows = new Map();
  keeper = new ModuleKeeper({
    log: new SilentLog(),
    clock,
    fetcher,
    options: () => ({
      ttlMs: 300_000,
      alwaysTtlMs: 60_000,
      retryMs: 1000,
      maxRetryMs: 300_000,
      maxProbeMs: 30_000,
      parallel: 8,
      memoryBytes,
      namespaceMemoryBytes: memoryBytes / 4,
      limits: { attemptTimeoutMs: 10_000, connectTimeoutMs: 3000, maxModuleBytes: memoryBytes / 4 },
      places: { allow: [], trust: [], plainHttp: [], refused: [] },
    }),
    backOff: (firstMs, maxMs) => new BackOff(firstMs, maxMs),
    random: () => 0.5,
    onRow: (change) => {
      if (change.kind === 'put') rows.set(change.row.key, decodeRow('WasmModule', change.row.bytes));
      else rows.delete(change.key);
    },
  });
});
afterEach(() => keeper.close());

async function want(namespace: string, url: string, ca?: string): Promise<ResourceKey> {
  const key = wasmModuleKey(namespace, url.replaceAll(/[^a-z0-9]/g, '-'), 0);
  const source = { kind: 'image', url } as const;
  keeper.set(key, { source, sha256: undefined, credentials: undefined, ca, pullPolicy: 'IfNotPresent' });
  await clock.advanceBy(0);
  return key;
}

/** Sets `count` own modules for the namespace. */
async function fill(namespace: string, count: number, first: number, size: number): Promise<ResourceKey[]> {
  const keys: ResourceKey[] = [];
  for (let i = 0; i < count; i++) {
    fetcher.answers.set(`r.test/${namespace}${i}:1`, given(first + i, size));
    keys.push(await want(namespace, `r.test/${namespace}${i}:1`));
  }
  return keys;
}

const states = (keys: readonly ResourceKey[]): unknown[] => keys.map((key) => rows.get(key)?.state);

test('a namespace may fill the memory, and gives its newest modules up for others within their share', async () => {
  const greedy = await fill('greedy', 4, 1, 16 * MiB);
  expect(states(greedy)).toEqual(['allowed', 'allowed', 'allowed', 'allowed']);
  const modest = await fill('modest', 2, 10, 8 * MiB);
  expect(states(modest)).toEqual(['allowed', 'allowed']);
  expect(states(greedy)).toEqual(['allowed', 'allowed', 'allowed', 'denied']);
  expect(rows.get(greedy[3] ?? modest[0] ?? ('' as ResourceKey))?.message).toMatch(
    /^removed for .* namespace greedy used 67108864 bytes, .* 16777216 .*wasm\.namespaceMemoryMiB.*operator/,
  );
  const others = [...(await fill('b', 1, 20, 16 * MiB)), ...(await fill('c', 1, 30, 16 * MiB))];
  expect(states(others)).toEqual(['allowed', 'allowed']);
  expect(states(greedy)).toEqual(['allowed', 'denied', 'denied', 'denied']);
  expect(keeper.state().memoryBytes).toBe(64 * MiB);
  // They are asked for again, and take nothing from namespaces within their share.
  await clock.advanceBy(3_600_000);
  expect(states([...modest, ...others])).toEqual(['allowed', 'allowed', 'allowed', 'allowed']);
  expect(states(greedy)).toEqual(['allowed', 'denied', 'denied', 'denied']);
});

test('a module without room says which budget is full, how much its namespace has, and who can change that', async () => {
  for (const [i, namespace] of ['a', 'b', 'c', 'd'].entries()) await fill(namespace, 1, 1 + i, 16 * MiB);
  const [late] = await fill('e', 1, 9, 4 * MiB);
  const [more] = await fill('a2', 1, 8, 4 * MiB);
  expect(states([late, more].flatMap((key) => key ?? []))).toEqual(['denied', 'denied']);
  expect(rows.get(late ?? ('' as ResourceKey))?.message).toBe(
    'no room for 4194304 bytes: all modules use 67108864 of 67108864 (wasm.memoryMiB); namespace e uses 0, and is guaranteed 16777216 (wasm.namespaceMemoryMiB). Ask the operator of Sluice to raise one of the two',
  );
});

test('a module of several namespaces is there once, and counts for each of them', async () => {
  fetcher.answers.set('r.test/shared:1', given(1, 16 * MiB));
  const shared = [await want('greedy', 'r.test/shared:1'), await want('modest', 'r.test/shared:1')];
  const greedy = await fill('greedy', 3, 2, 16 * MiB);
  expect(keeper.state().memoryBytes).toBe(64 * MiB);
  expect(new Map(keeper.state().memoryOf)).toEqual(
    new Map([
      ['greedy', 64 * MiB],
      ['modest', 16 * MiB],
    ]),
  );
  // The module that a namespace within its share also uses stays.
  await fill('b', 1, 20, 16 * MiB);
  await fill('c', 1, 21, 16 * MiB);
  await fill('d', 1, 22, 16 * MiB);
  expect(states(shared)).toEqual(['allowed', 'allowed']);
  expect(states(greedy)).toEqual(['denied', 'denied', 'denied']);
});

test('of the places for attempts a namespace has half, and the one with the fewest under way is next', async () => {
  for (let i = 0; i < 30; i++) await want('greedy', `silent${i}.test/x:1`);
  const asked = (namespace: string): number =>
    fetcher.asked.filter((request) => request.namespace === namespace).length;
  expect(asked('greedy')).toBe(4);
  const modest = await fill('modest', 3, 1, 10);
  expect(states(modest)).toEqual(['allowed', 'allowed', 'allowed']);
  for (let i = 0; i < 30; i++) await want('second', `quiet${i}.test/x:1`);
  expect([asked('greedy'), asked('second')]).toEqual([4, 4]);
  // All slots are taken now; the first free one goes to a namespace without any.
  const third = await want('third', 'r.test/third:1');
  expect(rows.get(third)?.state).toBe('unknown');
  fetcher.answers.set('r.test/third:1', given(5, 10));
  fetcher.answers.set('silent0.test/x:1', given(6, 10));
  fetcher.release('silent0.test/x:1');
  await clock.advanceBy(0);
  expect(rows.get(third)?.state).toBe('allowed');
});

test('a registry fails for the namespace whose authority is wrong, and is asked for the others', async () => {
  fetcher.answers.set('r.test/x:1', noAnswer);
  for (let i = 0; i < 5; i++) await want('greedy', 'r.test/x:1', `wrong ${i}`);
  await clock.advanceBy(60_000);
  expect(keeper.state().registries).toEqual({ closed: 0, open: 1, 'half-open': 0 });
  const modest = await fill('modest', 1, 1, 10);
  expect(states(modest)).toEqual(['allowed']);
});
