import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { selfSigned } from '../../test/rig/objects/certificate.ts';
import { FakeRegistry, type FakeRegistryOptions } from '../../test/rig/wasm/fake-registry.ts';
import { FaultProxy, type NetworkFault } from '../../test/rig/load/fault-proxy.ts';
import { tar } from '../../test/rig/wasm/tar.ts';
import {
  artifact,
  containerImage,
  image,
  imageIndex,
  ociManifest,
  sha256,
} from '../../test/rig/wasm/wasm-image.ts';
import { plugin } from '../../test/rig/wasm/plugin.ts';
import { must } from '../lib/assert.ts';
import { systemClock } from '../lib/clock.ts';
import { fetchModule, recallModule } from './fetch-module.ts';
import { ModuleCache } from './module-cache.ts';
import type { FetchRequest, FetchResult } from './module-fetch.ts';

const module = await plugin('one');
const other = await plugin('two');
const pair = selfSigned(['registry.test']);
const registries: FakeRegistry[] = [];
let directory: string;
let cache: ModuleCache;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fetch-'));
  cache = new ModuleCache(directory, 1024 * 1024);
});
afterEach(async () => {
  await Promise.all(registries.splice(0).map((registry) => registry.close()));
  rmSync(directory, { recursive: true });
});

async function registryWith(options: FakeRegistryOptions = {}): Promise<FakeRegistry> {
  const registry = await new FakeRegistry(options).start();
  registries.push(registry);
  registry.push('team/plugin', 'v1', artifact(module));
  registry.users.set('user', 'pass:word');
  return registry;
}

function requestOf(url: string, more: Partial<FetchRequest> = {}): FetchRequest {
  const port = Number(/:(\d+)/.exec(url)?.[1]);
  return {
    namespace: 'default',
    source: { kind: 'image', url },
    sha256: undefined,
    credentials: undefined,
    ca: undefined,
    known: undefined,
    limits: { attemptTimeoutMs: 10_000, connectTimeoutMs: 3000, maxModuleBytes: 100_000 },
    places: {
      allow: [],
      trust: [`127.0.0.1:${port}`, `127.0.0.2:${port}`],
      plainHttp: [`127.0.0.1:${port}`],
      refused: [],
    },
    ...more,
  };
}

function ask(url: string, more: Partial<FetchRequest> = {}): Promise<FetchResult> {
  return fetchModule(requestOf(url, more), {
    clock: systemClock,
    cache,
    lookup: () => Promise.resolve(['127.0.0.1']),
    ownAddresses: () => ['127.0.0.1'],
  });
}

function askFile(url: string, more: Partial<FetchRequest> = {}): Promise<FetchResult> {
  return ask(url, { source: { kind: 'http', url }, ...more });
}

function moduleOf(result: FetchResult): { readonly bytes: Buffer | undefined; readonly from: string } {
  if (result.kind !== 'allowed') throw new Error(JSON.stringify(result));
  const { bytes, from, module: found } = result;
  if (bytes !== undefined) expect([sha256(bytes), bytes.length]).toEqual([found.sha256, found.size]);
  return { bytes: bytes && Buffer.from(bytes), from };
}

const known = (result: FetchResult) => (result.kind === 'allowed' ? result.module : undefined);
const credentials = { username: 'user', password: 'pass:word' };
const layouts = {
  'an artifact': artifact(module),
  'an artifact of another tool': artifact(module, 'application/vnd.wasm.content.layer.v1+wasm'),
  'an artifact of the CNCF': artifact(module, 'application/wasm'),
  'an OCI image': containerImage(module),
  'a Docker image': containerImage(module, 'docker'),
  'an index of one': imageIndex({ amd64: artifact(module), unknown: artifact(other) }),
  'an index of platforms': imageIndex({ arm64: artifact(other), amd64: artifact(module) }),
  'an index with one for WASM': imageIndex({ amd64: artifact(other), wasm: artifact(module) }),
};

test.each(Object.entries(layouts))('a module is found in %s', async (_name, pushed) => {
  const registry = await registryWith();
  registry.push('x', 'v1', pushed);
  const result = await ask(`oci://${registry.host}/x:v1`);
  expect(moduleOf(result)).toEqual({ bytes: Buffer.from(module), from: 'network' });
  expect(known(result)?.validator).toBe(sha256(pushed.manifest));
});

test.each<[string, ReturnType<typeof artifact>]>([
  ['layers of another kind', image(ociManifest, 'x', [['application/octet-stream', Buffer.from(module)]])],
  ['no layer', image(ociManifest, 'x', [])],
  [
    'a module only in an earlier layer',
    image(ociManifest, 'x', [
      [
        'application/vnd.oci.image.layer.v1.tar+gzip',
        gzipSync(tar([{ name: 'plugin.wasm', content: module }])),
      ],
      ['application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(tar([{ name: 'x' }]))],
    ]),
  ],
  ['a module that is no WASM', artifact(Buffer.from('<html>'))],
  ['a module that is not sound', artifact(Buffer.concat([module, Buffer.from([0x01, 0xff])]))],
  ['no image for WASM', imageIndex({ arm64: artifact(module), s390x: artifact(other) })],
  ['an index in an index', imageIndex({ amd64: imageIndex({ amd64: artifact(module) }) })],
  ['a manifest that is no JSON', { ...artifact(module), manifest: Buffer.from('{') }],
  [
    'a manifest of nonsense',
    {
      ...artifact(module),
      manifest: Buffer.from(
        '{"layers":[null,{"__proto__":1},7,{"mediaType":"application/wasm","digest":"md5:1","size":-1}]}',
      ),
    },
  ],
])('an image with %s is refused', async (_name, pushed) => {
  const registry = await registryWith();
  registry.push('x', 'v1', pushed);
  expect(await ask(`${registry.host}/x:v1`)).toMatchObject({ kind: 'denied', reason: 'content' });
});

test.each(['basic', 'token'] as const)(
  'a registry that asks who is there, by %s, is told, and no other registry is',
  async (auth) => {
    const registry = await registryWith({ auth });
    const url = `${registry.host}/team/plugin:v1`;
    expect(moduleOf(await ask(url, { credentials })).from).toBe('network');
    const wrong = { username: 'user', password: 'wrong' };
    const refused = { kind: 'denied', reason: 'unauthorized' } as const;
    expect(await ask(url, { credentials: wrong })).toMatchObject(refused);
    const anonymous = await ask(url);
    expect(anonymous).toMatchObject(refused);
    expect(anonymous.kind === 'denied' && anonymous.message).toMatch(
      /^127\.0\.0\.1:\d+ answers 401: UNAUTHORIZED$/,
    );
  },
);

test('credentials do not go to who claims to have the tokens of another registry', async () => {
  const thief = await registryWith();
  const registry = await registryWith({ auth: 'token' });
  registry.realm = `http://127.0.0.2:${thief.port}/token`;
  expect(await ask(`${registry.host}/team/plugin:v1`, { credentials })).toMatchObject({
    kind: 'denied',
    reason: 'place',
  });
  registry.realm = 'file:///etc/passwd';
  expect(await ask(`${registry.host}/team/plugin:v1`)).toMatchObject({ kind: 'denied', reason: 'place' });
  expect(thief.asked).toEqual([]);
});

test('a redirect to storage elsewhere is followed without credentials', async () => {
  const storage = await registryWith();
  const registry = await registryWith({ auth: 'basic' });
  const layer = sha256(module);
  storage.files.set('blob', Buffer.from(module));
  registry.instead = (_method, path) =>
    path.endsWith(layer)
      ? { status: 307, headers: { location: `http://${storage.host}/files/blob` } }
      : undefined;
  const places = { allow: [], trust: [registry.host, storage.host], plainHttp: [registry.host], refused: [] };
  const result = await ask(`${registry.host}/team/plugin:v1`, { credentials, places });
  expect(moduleOf(result).bytes).toEqual(Buffer.from(module));
  expect(storage.authorizations.get('/files/blob')).toBe('');
  expect(registry.authorizations.get(`/v2/team/plugin/blobs/sha256:${layer}`)).toMatch(/^Basic /);
  const untrusted = { ...places, trust: [registry.host] };
  cache = new ModuleCache(directory, 0);
  expect(await ask(`${registry.host}/team/plugin:v1`, { credentials, places: untrusted })).toMatchObject({
    kind: 'denied',
    reason: 'place',
  });
});

test.each([
  '/files/loop',
  'ftp://x/',
  'file:///etc/passwd',
  'http://[::1',
  'http://localhost:1/',
  '//169.254.169.254/',
])('a redirect to %s is refused', async (location) => {
  const registry = await registryWith();
  registry.instead = () => ({ status: 302, headers: { location } });
  expect(await askFile(`http://${registry.host}/files/x`)).toMatchObject({ kind: 'denied', reason: 'place' });
  expect(registry.asked.length).toBeLessThan(5);
});

test('an image that has not changed costs one request, which registries do not count', async () => {
  const registry = await registryWith();
  const url = `${registry.host}/team/plugin:v1`;
  const before = known(await ask(url));
  registry.asked.length = 0;
  const again = await ask(url, { known: before });
  expect(again).toEqual({ kind: 'allowed', module: before, from: 'known', bytes: undefined });
  expect(registry.asked).toEqual(['HEAD /v2/team/plugin/manifests/v1']);
  registry.push('team/plugin', 'v1', artifact(other));
  expect(moduleOf(await ask(url, { known: before })).bytes).toEqual(Buffer.from(other));
});

test('a file that has not changed is not sent again', async () => {
  const registry = await registryWith();
  registry.files.set('x.wasm', Buffer.from(module));
  const url = `http://${registry.host}/files/x.wasm`;
  const before = known(await askFile(url));
  expect((await askFile(url, { known: before })).kind === 'allowed' && before?.sha256).toBe(sha256(module));
  expect(moduleOf(await askFile(url, { known: before })).from).toBe('known');
  registry.files.set('x.wasm', Buffer.from(other));
  expect(moduleOf(await askFile(url, { known: before })).bytes).toEqual(Buffer.from(other));
});

test('a file may be gzipped or in an archive, and its digest that of either', async () => {
  const registry = await registryWith();
  const packed = gzipSync(tar([{ name: 'my.wasm', content: module }]));
  registry.files.set('x', packed);
  const url = `http://${registry.host}/files/x`;
  for (const digest of [undefined, sha256(packed), sha256(module)])
    expect(moduleOf(await askFile(url, { sha256: digest })).bytes).toEqual(Buffer.from(module));
  expect(await askFile(url, { sha256: sha256(other) })).toMatchObject({ kind: 'denied', reason: 'digest' });
});

test('the user and password of a URL are used, and stand in no message', async () => {
  const registry = await registryWith({ auth: 'basic' });
  registry.files.set('x', Buffer.from(module));
  const url = `http://user:pass%3Aword@${registry.host}/files/x`;
  expect(moduleOf(await askFile(url)).from).toBe('network');
  const wrong = JSON.stringify(await askFile(`http://user:secret@${registry.host}/files/x`));
  expect(wrong).toContain('unauthorized');
  expect(wrong).not.toContain('secret');
});

test('an image is held to the digest of its manifest, or that of the index it is in', async () => {
  const registry = await registryWith();
  const one = artifact(module);
  const index = imageIndex({ amd64: one });
  registry.push('x', 'v1', index);
  const url = `${registry.host}/x:v1`;
  for (const digest of [sha256(one.manifest), sha256(index.manifest)]) {
    expect(moduleOf(await ask(url, { sha256: digest })).bytes).toBeDefined();
    expect(moduleOf(await ask(`${registry.host}/x@sha256:${digest}`)).bytes).toBeDefined();
  }
  expect(await ask(url, { sha256: sha256(module) })).toMatchObject({ kind: 'denied', reason: 'digest' });
});

test('what a registry gives under a digest is held to it', async () => {
  const registry = await registryWith();
  const digest = sha256(artifact(module).manifest);
  const forged = { status: 200, body: artifact(other).manifest };
  registry.instead = (_method, path) => (path.includes('manifests') ? forged : undefined);
  expect(await ask(`${registry.host}/team/plugin@sha256:${digest}`)).toMatchObject({
    kind: 'denied',
    reason: 'digest',
  });
  registry.instead = (_method, path) =>
    path.includes('blobs') ? { status: 200, body: Buffer.from(other) } : undefined;
  expect(await ask(`${registry.host}/team/plugin:v1`)).toMatchObject({ kind: 'denied', reason: 'digest' });
  expect(readdirSync(directory)).toEqual([]);
});

test('a module on disk is not fetched again, by whoever may read it', async () => {
  const registry = await registryWith({ auth: 'basic' });
  registry.push('x', 'v1', containerImage(module));
  const url = `${registry.host}/x:v1`;
  await ask(url, { credentials });
  cache = new ModuleCache(directory, 1024 * 1024);
  registry.asked.length = 0;
  expect(moduleOf(await ask(url, { credentials }))).toEqual({ bytes: Buffer.from(module), from: 'disk' });
  expect(registry.asked.filter((line) => line.includes('blobs'))).toEqual([]);
  expect(await ask(url)).toMatchObject({ kind: 'denied', reason: 'unauthorized' });
  registry.files.set('f', Buffer.from(module));
  const file = `http://user:pass%3Aword@${registry.host}/files/f`;
  expect(moduleOf(await askFile(file, { sha256: sha256(module) })).from).toBe('network');
  expect(moduleOf(await askFile(file, { sha256: sha256(module) })).from).toBe('disk');
  const anonymous = await askFile(`http://${registry.host}/files/f`, { sha256: sha256(module) });
  expect(anonymous).toMatchObject({ kind: 'denied', reason: 'unauthorized' });
});

test('a module on disk that was changed there is fetched again', async () => {
  const registry = await registryWith();
  const url = `${registry.host}/team/plugin:v1`;
  await ask(url);
  const name = readdirSync(directory).find((each) => each.endsWith('.wasm'));
  writeFileSync(join(directory, must(name, 'file')), other);
  expect(moduleOf(await ask(url))).toEqual({ bytes: Buffer.from(module), from: 'network' });
  expect(cache.faults).toBe(1);
});

test.each<[number, string, string]>([
  [400, 'denied', 'refused'],
  [401, 'denied', 'unauthorized'],
  [403, 'denied', 'unauthorized'],
  [404, 'denied', 'absent'],
  [410, 'denied', 'absent'],
  [429, 'unreachable', 'busy'],
  [500, 'unreachable', 'server'],
  [503, 'unreachable', 'server'],
])('the status %i means %s (%s), for a file as for an image, now as later', async (status, kind, reason) => {
  const registry = await registryWith();
  const before = known(await ask(`${registry.host}/team/plugin:v1`));
  const body = JSON.stringify({ errors: [{ code: 'DENIED', message: 'a secret', detail: 'of its own' }] });
  const headers = { 'content-type': 'application/json', 'retry-after': '7' };
  registry.instead = () => ({ status, headers, body });
  const wanted = { kind, reason, message: `${registry.host} answers ${status}: DENIED` };
  expect(await ask(`${registry.host}/team/plugin:v1`)).toMatchObject(wanted);
  expect(await ask(`${registry.host}/team/plugin:v1`, { known: before })).toMatchObject(wanted);
  expect(await askFile(`http://${registry.host}/x`)).toMatchObject(wanted);
  registry.instead = () => ({ status, headers, body: body.replace('DENIED', 'a secret') });
  expect(await askFile(`http://${registry.host}/x`)).toMatchObject({
    message: `${registry.host} answers ${status}`,
  });
  const result = await askFile(`http://${registry.host}/x`);
  if (result.kind === 'unreachable') expect(result.retryAfterMs).toBe(7000);
});

test('a server is held to what it may send, whatever it says that it sends', async () => {
  const registry = await registryWith();
  const large = Buffer.alloc(200_000);
  registry.files.set('large', large);
  const size = { kind: 'denied', reason: 'size' } as const;
  expect(await askFile(`http://${registry.host}/files/large`)).toMatchObject(size);
  registry.instead = () => ({ status: 200, body: large, headers: { 'transfer-encoding': 'chunked' } });
  expect(await askFile(`http://${registry.host}/files/large`)).toMatchObject(size);
  registry.instead = () => ({
    status: 500,
    body: Buffer.alloc(1_000_000, 'x'),
    headers: { 'content-type': 'application/json' },
  });
  expect(await askFile(`http://${registry.host}/files/large`)).toMatchObject({
    kind: 'unreachable',
    reason: 'server',
  });
});

const faults: [string, NetworkFault, string][] = [
  ['hangs', { kind: 'hang' }, 'timeout'],
  ['hangs in the middle of the headers', { kind: 'hang-after', bytes: 20 }, 'timeout'],
  ['hangs in the middle of the module', { kind: 'hang-after', bytes: 1000 }, 'timeout'],
  ['is slow', { kind: 'slow', bytes: 1, everyMs: 10 }, 'timeout'],
  ['resets', { kind: 'reset' }, 'network'],
  ['resets in the middle of the module', { kind: 'reset-after', bytes: 1000 }, 'network'],
  ['ends in the middle of the headers', { kind: 'end-after', bytes: 20 }, 'network'],
  ['ends in the middle of the module', { kind: 'end-after', bytes: 1000 }, 'network'],
  ['talks nonsense', { kind: 'garbage' }, 'network'],
];

test.each(faults)('a server that %s is one that was not reached (%o: %s)', async (_name, fault, reason) => {
  const registry = await registryWith();
  const large = await plugin('large', 5000);
  registry.files.set('x', Buffer.from(large));
  registry.push('x', 'v1', artifact(large));
  const proxy = await new FaultProxy(registry.port).start();
  proxy.fault = fault;
  const attemptTimeoutMs = reason === 'timeout' ? 150 : 10_000;
  const limits = { attemptTimeoutMs, connectTimeoutMs: 10_000, maxModuleBytes: 100_000 };
  const wanted = { kind: 'unreachable', reason, message: expect.stringContaining(`127.0.0.1:${proxy.port}`) };
  expect(await askFile(`http://127.0.0.1:${proxy.port}/files/x`, { limits })).toMatchObject(wanted);
  expect(await ask(`127.0.0.1:${proxy.port}/x:v1`, { limits })).toMatchObject(wanted);
  proxy.fault = { kind: 'none' };
  expect(moduleOf(await ask(`127.0.0.1:${proxy.port}/x:v1`)).bytes).toEqual(Buffer.from(large));
  await proxy.close();
});

test('a server that takes no connection, or has no name, is one that was not reached', async () => {
  const registry = await registryWith();
  const { host } = registry;
  await registry.close();
  expect(await ask(`${host}/x`)).toMatchObject({
    kind: 'unreachable',
    reason: 'network',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});

test('TLS needs an authority that is trusted and the right name, and no answer without it counts', async () => {
  const registry = await registryWith({ tls: pair, auth: 'token' });
  registry.realm = `https://registry.test:${registry.port}/token`;
  const url = `registry.test:${registry.port}/team/plugin:v1`;
  const places = { allow: [], trust: [registry.host], plainHttp: [], refused: [] };
  const ca = pair.certificate;
  expect(moduleOf(await ask(url, { places, ca, credentials })).bytes).toEqual(Buffer.from(module));
  expect(await ask(url, { places, credentials })).toMatchObject({ kind: 'unreachable', reason: 'tls' });
  const wrongName = `other.test:${registry.port}/team/plugin:v1`;
  expect(await ask(wrongName, { places, ca })).toMatchObject({ kind: 'unreachable', reason: 'tls' });
  expect(await ask(url, { places, ca: 'no PEM' })).toMatchObject({ kind: 'unreachable' });
  registry.files.set('x', Buffer.from(module));
  const plain = await ask(url, { places: { ...places, plainHttp: ['registry.test'] }, ca });
  expect(plain).toMatchObject({ kind: 'unreachable', reason: 'network' });
});

test('a redirect from TLS to none is refused', async () => {
  const registry = await registryWith({ tls: pair });
  registry.instead = () => ({
    status: 302,
    headers: { location: `http://registry.test:${registry.port}/x` },
  });
  const url = `https://registry.test:${registry.port}/files/x`;
  const places = { allow: [], trust: [registry.host], plainHttp: [], refused: [] };
  expect(await askFile(url, { places, ca: pair.certificate })).toMatchObject({
    kind: 'denied',
    reason: 'place',
  });
});

test('what an identity was allowed is there for it after a restart, and for no other identity', async () => {
  const registry = await registryWith({ auth: 'basic' });
  registry.push('x', 'v1', containerImage(module));
  const url = `${registry.host}/x:v1`;
  const result = await ask(url, { credentials });
  cache = new ModuleCache(directory, 1024 * 1024);
  const recall = (more: Partial<FetchRequest>) =>
    recallModule(requestOf(url, more), { cache, clock: systemClock });
  const recalled = must(await recall({ credentials }), 'module');
  expect(recalled.module).toEqual(known(result));
  expect(Buffer.from(recalled.bytes).equals(module)).toBe(true);
  const others = [
    {},
    { credentials: { username: 'user', password: 'pass' } },
    { credentials: { username: 'user:pass', password: 'word' } },
    { credentials, sha256: sha256(module) },
    { credentials, ca: pair.certificate },
    { credentials, source: { kind: 'image', url: `${registry.host}/x:v2` } as const },
    { credentials, source: { kind: 'http', url } as const },
  ];
  for (const stranger of others) expect(await recall(stranger)).toBeUndefined();
  expect(readdirSync(directory).join()).not.toContain('user');
});

test('a refusal ends what is on disk for the identity, and silence does not', async () => {
  const registry = await registryWith({ auth: 'basic' });
  const url = `${registry.host}/team/plugin:v1`;
  const recall = () => recallModule(requestOf(url, { credentials }), { cache, clock: systemClock });
  await ask(url, { credentials });
  registry.instead = () => ({ status: 503 });
  await ask(url, { credentials });
  expect(await recall()).toBeDefined();
  registry.instead = () => ({ status: 403 });
  await ask(url, { credentials });
  expect(await recall()).toBeUndefined();
  cache = new ModuleCache(directory, 1024 * 1024);
  expect(await recall()).toBeUndefined();
});

test('what was allowed a day ago and not since is worth nothing, and each check begins a new day', async () => {
  const registry = await registryWith();
  const url = `${registry.host}/team/plugin:v1`;
  const later = { ...systemClock, wallMs: () => Date.now() + 25 * 3_600_000 };
  const before = known(await ask(url));
  const grant = readdirSync(directory).find((name) => name.endsWith('.grant'));
  utimesSync(join(directory, must(grant, 'file')), 0, 0);
  await ask(url, { known: before });
  expect(await recallModule(requestOf(url), { cache, clock: systemClock })).toBeDefined();
  expect(await recallModule(requestOf(url), { cache, clock: later })).toBeUndefined();
});
