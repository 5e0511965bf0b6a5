import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { BackOff } from '../../src/kube/back-off.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { decodeRow } from '../../src/kinds/decode.ts';
import { wasmModuleKey } from '../../src/units/extension-name.ts';
import type { WantedModule, WasmModuleRow } from '../../src/kinds/own/wasm-module.ts';
import { fetchModule } from '../../src/wasm/fetch-module.ts';
import { ModuleCache } from '../../src/wasm/module-cache.ts';
import type { FetchRequest, FetchResult } from '../../src/wasm/module-fetch.ts';
import { ModuleKeeper } from '../../src/wasm/module-keeper.ts';
import { FaultProxy } from '../rig/load/fault-proxy.ts';
import { SilentLog } from '../rig/pipeline/silent-log.ts';
import { artifact, containerImage, imageIndex, sha256 } from '../rig/wasm/wasm-image.ts';
import { plugin } from '../rig/wasm/plugin.ts';
import { DockerRegistry, registryUser, type Password } from '../rig/wasm/docker-registry.ts';

const one = await plugin('one', 200_000);
const two = await plugin('two');
const key = wasmModuleKey('default', 'a', 0);
const registry = new DockerRegistry();
let proxy: FaultProxy;
let directory: string;
let cache: ModuleCache;
let keeper: ModuleKeeper;
let row: WasmModuleRow | undefined;

beforeAll(async () => {
  await registry.start();
  proxy = await new FaultProxy(registry.port).start();
});
afterAll(async () => {
  await proxy.close();
  await registry.close();
});
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'registry-'));
  cache = new ModuleCache(directory, 1_000_000);
  row = undefined;
  proxy.fault = { kind: 'none' };
  registry.letIn('right');
  await registry.push('team/plugin', 'v1', artifact(one));
  keeper = new ModuleKeeper({
    log: new SilentLog(),
    clock: systemClock,
    fetcher: { fetch: attempt, recall: () => Promise.resolve(undefined), close: () => Promise.resolve() },
    options: () => ({
      ...options,
      parallel: 4,
      memoryBytes: 1_000_000,
      namespaceMemoryBytes: 1_000_000,
      limits,
      places: places(),
    }),
    backOff: (firstMs, maxMs) => new BackOff(firstMs, maxMs),
    random: Math.random,
    onRow: (change) => {
      row = change.kind === 'put' ? decodeRow('WasmModule', change.row.bytes) : undefined;
    },
  });
});
afterEach(async () => {
  await keeper.close();
  rmSync(directory, { recursive: true });
});

/** Short, as a test cannot wait for minutes. */
const options = { ttlMs: 200, alwaysTtlMs: 100, retryMs: 50, maxRetryMs: 400, maxProbeMs: 400 };
const limits = { attemptTimeoutMs: 1000, connectTimeoutMs: 1000, maxModuleBytes: 1_000_000 };

function places(): FetchRequest['places'] {
  return { allow: [], trust: [`127.0.0.1:${proxy.port}`], plainHttp: [], refused: [] };
}

function attempt(request: FetchRequest): Promise<FetchResult> {
  return fetchModule(request, {
    clock: systemClock,
    cache,
    lookup: () => Promise.resolve(['127.0.0.1']),
    ownAddresses: () => ['127.0.0.1'],
  });
}

function wanted(reference = 'team/plugin:v1', password: Password | undefined = 'right'): WantedModule {
  return {
    source: { kind: 'image', url: `oci://${registry.name}:${proxy.port}/${reference}` },
    sha256: undefined,
    credentials: { username: registryUser, password },
    ca: registry.ca,
    pullPolicy: 'IfNotPresent',
  };
}

function fetched(module: WantedModule): Promise<FetchResult> {
  return attempt({
    ...module,
    namespace: 'default',
    known: undefined,
    limits: { ...limits, attemptTimeoutMs: 30_000 },
    places: places(),
  });
}

function reaches(state: WasmModuleRow['state'], more: object = {}): Promise<void> {
  return expect.poll(() => row, { timeout: 30_000 }).toMatchObject({ state, ...more });
}

test.each([
  ['an artifact', artifact(two)],
  ['an artifact of another tool', artifact(two, 'application/vnd.wasm.content.layer.v1+wasm')],
  ['an OCI image', containerImage(two)],
  ['a Docker image', containerImage(two, 'docker')],
  ['an index', imageIndex({ amd64: artifact(two) })],
])('a module is fetched from %s', async (_name, image) => {
  await registry.push('team/layouts', 'v1', image);
  for (const reference of ['team/layouts:v1', `team/layouts@sha256:${sha256(image.manifest)}`])
    expect(await fetched(wanted(reference))).toMatchObject({
      kind: 'allowed',
      module: { sha256: sha256(two) },
    });
});

test('a wrong secret, none, and an image that is not there are refused in the words of the registry', async () => {
  const refused = {
    kind: 'denied',
    reason: 'unauthorized',
    message: expect.stringContaining('UNAUTHORIZED'),
  };
  expect(await fetched(wanted('team/plugin:v1', 'rotated'))).toMatchObject(refused);
  expect(await fetched({ ...wanted(), credentials: undefined })).toMatchObject(refused);
  expect(await fetched(wanted('team/plugin:v2'))).toMatchObject({
    kind: 'denied',
    reason: 'absent',
    message: expect.stringContaining('MANIFEST_UNKNOWN'),
  });
  expect(await fetched({ ...wanted(), ca: undefined })).toMatchObject({ kind: 'unreachable', reason: 'tls' });
  expect(await fetched({ ...wanted(), sha256: sha256(one) })).toMatchObject({
    kind: 'denied',
    reason: 'digest',
  });
});

test(
  'a moved tag, a rotated secret and a permission that is gone take effect by themselves',
  { timeout: 60_000 },
  async () => {
    keeper.set(key, wanted());
    await reaches('allowed', { sha256: sha256(one) });
    await registry.push('team/plugin', 'v1', artifact(two));
    await reaches('allowed', { sha256: sha256(two) });
    registry.letIn('rotated');
    await reaches('denied', { message: expect.stringContaining('UNAUTHORIZED') });
    keeper.set(key, wanted('team/plugin:v1', 'rotated'));
    await reaches('allowed', { sha256: sha256(two) });
  },
);

test.each(['hang', 'reset', 'garbage'] as const)(
  'when the registry fails by %s the module stays, and its return is noticed',
  { timeout: 60_000 },
  async (kind) => {
    keeper.set(key, wanted());
    await reaches('allowed', { sha256: sha256(one) });
    proxy.fault = { kind };
    await reaches('allowed', { sha256: sha256(one), message: expect.any(String) });
    await expect.poll(() => keeper.state().registries.open, { timeout: 30_000 }).toBe(1);
    expect(keeper.module(sha256(one))).toBeDefined();
    proxy.fault = { kind: 'none' };
    await expect.poll(() => row?.message, { timeout: 30_000 }).toBeUndefined();
  },
);

test(
  'a module that was never here waits for a registry that hangs, and comes when it is back',
  { timeout: 60_000 },
  async () => {
    proxy.fault = { kind: 'hang' };
    keeper.set(key, wanted());
    await reaches('unreachable', {
      message: expect.stringContaining(registry.name),
      nextAttempt: expect.any(String),
    });
    proxy.fault = { kind: 'none' };
    await reaches('allowed', { sha256: sha256(one) });
  },
);

test('a registry that is started again is noticed', { timeout: 60_000 }, async () => {
  keeper.set(key, wanted());
  await reaches('allowed');
  await registry.stop();
  await reaches('allowed', { message: expect.any(String) });
  await registry.start();
  await expect.poll(() => row?.message, { timeout: 30_000 }).toBeUndefined();
});
