import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { containerImage, sha256 } from '../../test/rig/wasm/wasm-image.ts';
import {
  credentials,
  known,
  module,
  ModuleFetches,
  moduleOf,
  otherModule,
} from '../../test/rig/wasm/module-fetches.ts';
import { must } from '../lib/assert.ts';
import { systemClock } from '../lib/clock.ts';

let fetches: ModuleFetches;

beforeEach(() => {
  fetches = new ModuleFetches();
});
afterEach(() => fetches.close());

test('a module on disk is not fetched again, by whoever may read it', async () => {
  const registry = await fetches.registry({ auth: 'basic' });
  registry.push('x', 'v1', containerImage(module));
  const url = `${registry.host}/x:v1`;
  await fetches.ask(url, { credentials });
  fetches.restart();
  registry.asked.length = 0;
  expect(moduleOf(await fetches.ask(url, { credentials }))).toEqual({
    bytes: Buffer.from(module),
    from: 'disk',
  });
  expect(registry.asked.filter((line) => line.includes('blobs'))).toEqual([]);
  expect(await fetches.ask(url)).toMatchObject({ kind: 'denied', reason: 'unauthorized' });
  registry.files.set('f', Buffer.from(module));
  const file = `http://user:pass%3Aword@${registry.host}/files/f`;
  expect(moduleOf(await fetches.askFile(file, { sha256: sha256(module) })).from).toBe('network');
  expect(moduleOf(await fetches.askFile(file, { sha256: sha256(module) })).from).toBe('disk');
  const anonymous = await fetches.askFile(`http://${registry.host}/files/f`, { sha256: sha256(module) });
  expect(anonymous).toMatchObject({ kind: 'denied', reason: 'unauthorized' });
});

test('a module on disk that was changed there is fetched again', async () => {
  const registry = await fetches.registry();
  const url = `${registry.host}/team/plugin:v1`;
  await fetches.ask(url);
  const name = readdirSync(fetches.directory).find((each) => each.endsWith('.wasm'));
  writeFileSync(join(fetches.directory, must(name, 'file')), otherModule);
  expect(moduleOf(await fetches.ask(url))).toEqual({ bytes: Buffer.from(module), from: 'network' });
  expect(fetches.cache.faults).toBe(1);
});

test('what an identity was allowed is there for it after a restart, and for no other identity', async () => {
  const registry = await fetches.registry({ auth: 'basic' });
  registry.push('x', 'v1', containerImage(module));
  const url = `${registry.host}/x:v1`;
  const result = await fetches.ask(url, { credentials });
  fetches.restart();
  const recalled = must(await fetches.recall(url, { credentials }), 'module');
  expect(recalled.module).toEqual(known(result));
  expect(Buffer.from(recalled.bytes).equals(module)).toBe(true);
  const others = [
    {},
    { credentials: { username: 'user', password: 'pass' } },
    { credentials: { username: 'user:pass', password: 'word' } },
    { credentials, sha256: sha256(module) },
    { credentials, ca: 'another' },
    { credentials, source: { kind: 'image', url: `${registry.host}/x:v2` } as const },
    { credentials, source: { kind: 'http', url } as const },
  ];
  for (const stranger of others) expect(await fetches.recall(url, stranger)).toBeUndefined();
  expect(readdirSync(fetches.directory).join()).not.toContain('user');
});

test('a refusal ends what is on disk for the identity, and silence does not', async () => {
  const registry = await fetches.registry({ auth: 'basic' });
  const url = `${registry.host}/team/plugin:v1`;
  const recall = () => fetches.recall(url, { credentials });
  await fetches.ask(url, { credentials });
  registry.instead = () => ({ status: 503 });
  await fetches.ask(url, { credentials });
  expect(await recall()).toBeDefined();
  registry.instead = () => ({ status: 403 });
  await fetches.ask(url, { credentials });
  expect(await recall()).toBeUndefined();
  fetches.restart();
  expect(await recall()).toBeUndefined();
});

test('what was allowed a day ago and not since is worth nothing, and each check begins a new day', async () => {
  const registry = await fetches.registry();
  const url = `${registry.host}/team/plugin:v1`;
  const later = { ...systemClock, wallMs: () => Date.now() + 25 * 3_600_000 };
  const before = known(await fetches.ask(url));
  const grant = readdirSync(fetches.directory).find((name) => name.endsWith('.grant'));
  utimesSync(join(fetches.directory, must(grant, 'file')), 0, 0);
  await fetches.ask(url, { known: before });
  expect(await fetches.recall(url)).toBeDefined();
  expect(await fetches.recall(url, {}, later)).toBeUndefined();
});
