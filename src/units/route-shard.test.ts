import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  collectionOf,
  evenParity,
  isCollection,
  isSharded,
  partsWith,
  scopeCollection,
  scopeName,
  shardCount,
  shardedTable,
  shardOf,
  tableParts,
} from './route-shard.ts';

const table = shardedTable('default/web/80:*');
const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
const hostname = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));

/** Shard as the expressions say it, of the Host header of a request. */
function shardByExpressions(host: string): number {
  return evenParity().reduce(
    (shard, expression, bit) => shard + (new RegExp(expression).test(host) ? 0 : 1 << bit),
    0,
  );
}

test('the expressions find the shard of every hostname, in any case and with any port', () => {
  fc.assert(
    fc.property(hostname, fc.array(fc.boolean()), fc.nat(65_535), (host, cases, port) => {
      const mixed = host
        .split('')
        .map((one, i) => (cases[i] === true ? one.toUpperCase() : one))
        .join('');
      const shard = shardOf(host);
      expect(shardOf(mixed)).toBe(shard);
      for (const header of [host, mixed, `${mixed}:${port}`]) expect(shardByExpressions(header)).toBe(shard);
    }),
  );
});

test('a Host header that is no hostname has the last shard', () => {
  for (const host of ['[::1]:80', 'a b', 'ü.test', 'a/b', 'a:b']) expect(shardByExpressions(host)).toBe(63);
});

test('hostnames spread over all shards', () => {
  const sizes = new Map<number, number>();
  for (let i = 0; i < 10_000; i++) {
    const shard = shardOf(`api.tenant-${i}.example.test`);
    sizes.set(shard, (sizes.get(shard) ?? 0) + 1);
  }
  expect(sizes.size).toBe(shardCount);
  expect(Math.max(...sizes.values())).toBeLessThan(500);
});

test('an exact hostname is in one part of a table, a wildcard in all', () => {
  expect(partsWith(table, 'a.test')).toEqual([`${table}${shardOf('a.test')}`]);
  expect(partsWith(table, '*.a.test')).toEqual(tableParts(table));
  expect(partsWith(table, '*')).toHaveLength(shardCount);
  expect(new Set(tableParts(table)).size).toBe(shardCount);
});

test('another table has one part, with its own name', () => {
  const name = 'default/web/443:a.test';
  expect(isSharded(name)).toBe(false);
  expect(partsWith(name, '*')).toEqual([name]);
  expect(tableParts(name)).toEqual([name]);
});

test('each table has a collection of its own, with all of its scopes', () => {
  const tables = ['80:*', '443:*', '443:*.a.test', '443:*.b.test'].map((rest) =>
    shardedTable(`default/web/${rest}`),
  );
  const collections = tables.map(scopeCollection);
  expect(new Set(collections).size).toBe(tables.length);
  for (const [i, one] of tables.entries()) {
    const collection = collections[i] ?? '';
    expect(isCollection(collection)).toBe(true);
    // `*` elsewhere than at its end would be part of a name.
    expect(collection.indexOf('*')).toBe(collection.length - 1);
    expect(collectionOf(scopeName(one, 63))).toBe(collection);
  }
});
