import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import { ModuleCache, type CachedModule } from './module-cache.ts';

const maxBytes = 1000;
let root: string;
let directory: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cache-'));
  directory = join(root, 'modules');
});
afterEach(() => {
  chmodSync(root, 0o700);
  rmSync(root, { recursive: true });
});

const source = (n: number): string => n.toString(16).padStart(64, '0');

function module(n: number, size = 300): CachedModule {
  const bytes = new Uint8Array(size).fill(n);
  return { sha256: createHash('sha256').update(bytes).digest('hex'), bytes };
}

test('what is written is there, after a restart as well', async () => {
  const cache = new ModuleCache(directory, maxBytes);
  await cache.write(source(1), module(1));
  expect(await cache.read(source(1))).toEqual(module(1));
  expect(await cache.read(source(2))).toBeUndefined();
  const next = new ModuleCache(directory, maxBytes);
  expect(await next.read(source(1))).toEqual(module(1));
  expect(next.bytes).toBe(300);
  expect([cache.fault, next.fault]).toEqual(['', '']);
});

test('no other user may look into the folder', async () => {
  await new ModuleCache(directory, maxBytes).write(source(1), module(1));
  expect(statSync(directory).mode & 0o777).toBe(0o700);
});

test('what was used last is kept, and the rest leaves the disk, over a restart too', async () => {
  const cache = new ModuleCache(directory, maxBytes);
  for (const n of [1, 2, 3]) await cache.write(source(n), module(n));
  for (const [n, name] of readdirSync(directory).sort().entries()) utimesSync(join(directory, name), n, n);
  await cache.read(source(1));
  const next = new ModuleCache(directory, maxBytes);
  await next.write(source(4), module(4));
  expect(await next.read(source(2))).toBeUndefined();
  for (const n of [1, 3, 4]) expect(await next.read(source(n))).toEqual(module(n));
  await expect.poll(() => readdirSync(directory).length).toBe(3);
  expect(next.bytes).toBe(900);
});

test('a folder that has become too large is made smaller at the start', async () => {
  const cache = new ModuleCache(directory, maxBytes);
  for (const n of [1, 2, 3]) await cache.write(source(n), module(n));
  const smaller = new ModuleCache(directory, 400);
  await smaller.read(source(1));
  await expect.poll(() => readdirSync(directory).length).toBe(1);
});

test('a module larger than the whole cache is not kept, and nothing goes for it', async () => {
  const cache = new ModuleCache(directory, maxBytes);
  await cache.write(source(1), module(1));
  await cache.write(source(2), module(2, 1001));
  expect(await cache.read(source(1))).toEqual(module(1));
  expect(await cache.read(source(2))).toBeUndefined();
});

test.each([
  ['changed', (path: string) => writeFileSync(path, 'x'.repeat(300))],
  ['cut off', (path: string) => truncateSync(path, 10)],
  ['gone', (path: string) => rmSync(path)],
])('a file that is %s is as good as none, and is written anew', async (_name, harm) => {
  const cache = new ModuleCache(directory, maxBytes);
  await cache.write(source(1), module(1));
  harm(join(directory, must(readdirSync(directory)[0], 'file')));
  expect(await cache.read(source(1))).toBeUndefined();
  expect(cache.faults).toBe(1);
  await cache.write(source(1), module(1));
  expect(await cache.read(source(1))).toEqual(module(1));
  expect(cache.fault).toBe('');
});

test('drafts of a process that died are removed, and what is none of ours is left alone', async () => {
  mkdirSync(directory);
  writeFileSync(join(directory, `.${source(1)}-${source(1)}.wasm.7.draft`), 'x');
  writeFileSync(join(directory, 'README'), 'x');
  await new ModuleCache(directory, maxBytes).read(source(1));
  expect(readdirSync(directory)).toEqual(['README']);
});

test('without a folder that can be written to, all goes on and the fault is known', async () => {
  writeFileSync(directory, 'a file');
  const cache = new ModuleCache(directory, maxBytes);
  await cache.write(source(1), module(1));
  expect(await cache.read(source(1))).toBeUndefined();
  expect(cache.fault).toMatch(/is of no use \(E[A-Z]+\)/);
  rmSync(directory);
  await cache.write(source(1), module(1));
  expect(await cache.read(source(1))).toEqual(module(1));
  expect(cache.fault).toBe('');
});

test('a link in the place of the folder is not followed', async () => {
  const elsewhere = join(root, 'elsewhere');
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, directory);
  const cache = new ModuleCache(directory, maxBytes);
  await cache.write(source(1), module(1));
  expect(readdirSync(elsewhere)).toEqual([]);
  expect(cache.fault).not.toBe('');
});

test('a size of 0 keeps nothing and touches nothing', async () => {
  const cache = new ModuleCache(directory, 0);
  await cache.write(source(1), module(1));
  expect(await cache.read(source(1))).toBeUndefined();
  expect(readdirSync(root)).toEqual([]);
});
