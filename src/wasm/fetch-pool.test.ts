import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeRegistry } from '../../test/rig/wasm/fake-registry.ts';
import { FaultProxy } from '../../test/rig/load/fault-proxy.ts';
import { artifact, sha256 } from '../../test/rig/wasm/wasm-image.ts';
import { plugin } from '../../test/rig/wasm/plugin.ts';
import { systemClock } from '../lib/clock.ts';
import { FetchThread } from '../remote/fetch-thread.ts';
import { FetchPool, type CacheState } from './fetch-pool.ts';
import type { FetchRequest } from './module-fetch.ts';

const module = await plugin('one', 1_000_000);
let directory: string;
let registry: FakeRegistry;
let proxy: FaultProxy;
let pool: FetchPool;
let states: CacheState[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pool-'));
  registry = await new FakeRegistry().start();
  registry.push('x', 'v1', artifact(module));
  proxy = await new FaultProxy(registry.port).start();
  states = [];
  const cache = { directory, maxBytes: 10_000_000 };
  const entry = new URL('../../workers/fetch.ts', import.meta.url);
  const thread = new FetchThread({ entry, parallel: 4, data: cache }, systemClock);
  pool = new FetchPool(thread, cache, (state) => states.push(state));
});
afterEach(async () => {
  await pool.close();
  await proxy.close();
  await registry.close();
  rmSync(directory, { recursive: true });
});

function request(attemptTimeoutMs = 30_000): FetchRequest {
  const host = `127.0.0.1:${proxy.port}`;
  return {
    namespace: 'default',
    source: { kind: 'image', url: `${host}/x:v1` },
    sha256: undefined,
    credentials: undefined,
    ca: undefined,
    known: undefined,
    limits: { attemptTimeoutMs, connectTimeoutMs: 30_000, maxModuleBytes: 16_000_000 },
    places: { allow: [], trust: [host], plainHttp: [host], refused: [] },
  };
}

test('a worker fetches the module, and the next one has it from disk', async () => {
  const result = await pool.fetch(request());
  expect(result).toMatchObject({ kind: 'allowed', from: 'network', module: { sha256: sha256(module) } });
  expect(result.kind === 'allowed' && result.bytes && Buffer.from(module).equals(result.bytes)).toBe(true);
  expect(await pool.fetch(request())).toMatchObject({ kind: 'allowed', from: 'disk' });
  expect(states).toEqual([
    { bytes: module.length, faults: 0, fault: '' },
    { bytes: module.length, faults: 0, fault: '' },
  ]);
});

test('attempts that hang hold up no other one: all run at once', async () => {
  proxy.fault = { kind: 'hang' };
  const hanging = Array.from({ length: 3 }, () => pool.fetch(request()).catch(() => 'closed'));
  await expect.poll(() => proxy.connections).toBe(3);
  proxy.fault = { kind: 'none' };
  expect(await pool.fetch(request())).toMatchObject({ kind: 'allowed' });
  await pool.close();
  expect(await Promise.all(hanging)).toEqual(hanging.map(() => 'closed'));
});

test('attempts that hang end in time, and leave the worker as it was', async () => {
  proxy.fault = { kind: 'hang' };
  const hanging = await Promise.all([1, 2].map(() => pool.fetch(request(300))));
  expect(hanging).toMatchObject(hanging.map(() => ({ kind: 'unreachable', reason: 'timeout' })));
  proxy.fault = { kind: 'none' };
  expect(await pool.fetch(request())).toMatchObject({ kind: 'allowed' });
});

test('addresses of this machine are refused by the worker itself', async () => {
  const { places, ...rest } = request();
  const result = await pool.fetch({ ...rest, places: { ...places, trust: [] } });
  expect(result).toMatchObject({ kind: 'denied', reason: 'place' });
  expect(proxy.connections).toBe(0);
});

test('closing ends what is under way', async () => {
  proxy.fault = { kind: 'hang' };
  const hanging = pool.fetch(request()).catch((error: unknown) => error);
  await expect.poll(() => proxy.connections).toBe(1);
  await pool.close();
  expect(await hanging).toBeInstanceOf(Error);
});
