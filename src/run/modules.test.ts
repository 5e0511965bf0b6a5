import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeRegistry } from '../../test/rig/wasm/fake-registry.ts';
import { SilentLog } from '../../test/rig/pipeline/silent-log.ts';
import { artifact, sha256 } from '../../test/rig/wasm/wasm-image.ts';
import { plugin } from '../../test/rig/wasm/plugin.ts';
import type { Config } from '../config/config.ts';
import { configFrom } from '../config/load.ts';
import { systemClock } from '../lib/clock.ts';
import { createMetrics, type Metrics } from '../observe/metrics.ts';
import { decodeRow } from '../kinds/decode.ts';
import { wasmModuleKey } from '../units/extension-name.ts';
import type { WasmModuleRow } from '../kinds/own/wasm-module.ts';
import { fetchThread } from './fetch-thread.ts';
import { Modules } from './modules.ts';

const module = await plugin('one');
const key = wasmModuleKey('default', 'a', 0);
let root: string;
let directory: string;
let registry: FakeRegistry;
let metrics: Metrics;
let log: SilentLog;
let row: WasmModuleRow | undefined;
let open: Modules[];

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'modules-'));
  directory = join(root, 'cache');
  registry = await new FakeRegistry({ auth: 'token' }).start();
  registry.users.set('user', 'distinct');
  registry.push('x', 'v1', artifact(module));
  metrics = createMetrics();
  log = new SilentLog();
  row = undefined;
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((each) => each.close()));
  await registry.close();
  metrics.close();
  chmodSync(root, 0o700);
  rmSync(root, { recursive: true });
});

function moduleConfig(): Config {
  const provider = { type: 'file', file: { directory: root } } as const;
  const wasm = {
    cacheDirectory: directory,
    trust: [registry.host],
    plainHttp: [registry.host],
    ttlMs: 1000,
    retryMs: 100,
    attemptTimeoutMs: 30_000,
  };
  const loaded = configFrom({ provider, wasm }, root);
  if (loaded.kind === 'error') throw new Error(loaded.line);
  return loaded.config;
}

function start(refused: readonly string[] = []): Modules {
  const options = moduleConfig();
  const modules = new Modules({
    log,
    clock: systemClock,
    metrics,
    options: () => options.wasm,
    thread: fetchThread(options, systemClock),
    refused: () => refused,
    onRow: (change) => {
      row = change.kind === 'put' ? decodeRow('WasmModule', change.row.bytes) : undefined;
    },
  });
  open.push(modules);
  modules.set(key, {
    source: { kind: 'image', url: `${registry.host}/x:v1` },
    sha256: undefined,
    credentials: { username: 'user', password: 'distinct' },
    ca: undefined,
    pullPolicy: 'IfNotPresent',
  });
  return modules;
}

function reached(state: WasmModuleRow['state']): Promise<void> {
  return expect.poll(() => row?.state).toBe(state);
}

test('a policy gets the module that its secret may read, and metrics say how', async () => {
  const modules = start();
  await reached('allowed');
  expect(row?.sha256).toBe(sha256(module));
  expect(Buffer.from(modules.module(sha256(module)) ?? []).equals(module)).toBe(true);
  const text = await metrics.registry.metrics();
  expect(text).toContain('sluice_wasm_checks_total{source="image",result="allowed",reason="network"} 1');
  expect(text).toContain(`sluice_wasm_cache_bytes ${module.length}`);
  expect(text).toContain('sluice_wasm_cache_faults_total 0');
});

test('a permission that is taken away is noticed by itself, and so is one that is given', async () => {
  start();
  await reached('allowed');
  registry.users.clear();
  await reached('denied');
  expect(row?.message).toMatch(/answers 401: UNAUTHORIZED/);
  registry.users.set('user', 'distinct');
  await reached('allowed');
});

test('after a restart the module comes from disk, once the registry has said that it may', async () => {
  start();
  await reached('allowed');
  await Promise.all(open.splice(0).map((each) => each.close()));
  expect(
    readdirSync(directory)
      .map((name) => name.replace(/^.*\./, ''))
      .sort(),
  ).toEqual(['grant', 'wasm']);
  registry.asked.length = 0;
  row = undefined;
  start();
  // With a message: loaded from disk, and the registry has not allowed it yet.
  await expect.poll(() => [row?.state, row?.message]).toEqual(['allowed', undefined]);
  expect(registry.asked.filter((line) => line.includes('/blobs/'))).toEqual([]);
  expect(registry.asked.filter((line) => line.includes('/manifests/'))).not.toEqual([]);
});

test('after a restart during which the registry does not answer, the module is here all the same', async () => {
  start();
  await reached('allowed');
  await Promise.all(open.splice(0).map((each) => each.close()));
  row = undefined;
  registry.instead = () => ({ status: 503 });
  const modules = start();
  await reached('allowed');
  expect(row).toMatchObject({ sha256: sha256(module), message: expect.any(String) });
  expect(modules.module(sha256(module))).toBeDefined();
  registry.instead = () => undefined;
  await expect.poll(() => row?.message).toBeUndefined();
});

test('without a disk all goes on, and one line and a metric say so', async () => {
  writeFileSync(directory, 'no folder');
  const modules = start();
  await reached('allowed');
  expect(modules.module(sha256(module))).toBeDefined();
  const lines = log.lines.filter(({ message }) => message.includes('disk'));
  expect(lines).toMatchObject([
    { level: 'warn', fields: { error: expect.stringContaining('is of no use') } },
  ]);
  expect(await metrics.registry.metrics()).toMatch(/sluice_wasm_cache_faults_total [1-9]/);
});

test('no secret is in the log', async () => {
  registry.users.set('user', 'another');
  start();
  await reached('denied');
  expect(JSON.stringify(log.lines)).not.toContain('distinct');
  expect(log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
});
