import { expect, test } from 'vitest';
import type { RouteFragment } from '../batch/outcome.ts';
import type { ResourceKey } from '../lib/key.ts';
import { ShardTables } from './shard-tables.ts';
import { typeUrl } from './type-table.ts';

const shard = 'default/web/80:*#1';
const header = {
  typeUrl: typeUrl.route,
  version: 'h',
  madeOf: [],
  names: [],
  name: shard,
  bytes: Buffer.from([10, 0]),
};

function fragment(domain: string, version = '1', route = 'a'): RouteFragment {
  const owner = `HTTPRoute/default/${route}` as ResourceKey;
  const entries = [{ order: `1 2026 ${route}`, rule: '', bytes: Buffer.from([26, 1, Number(version)]) }];
  return { routeConfiguration: shard, domain, owner, version, madeOf: [owner], entries };
}

function served(tables: ShardTables): string {
  return Buffer.from(tables.all.get(shard)?.resource?.bytes ?? []).toString();
}

test('a shard is the same in whichever order its fragments came', () => {
  const fragments = [fragment('a.test'), fragment('b.test'), fragment('a.test', '2', 'b')];
  const [one, other] = [new ShardTables(() => {}), new ShardTables(() => {})];
  one.add(header);
  for (const each of fragments) one.put(each);
  for (const each of fragments.toReversed()) other.put(each);
  other.add(header);
  expect(served(one)).toContain('a.test');
  expect(other.all.get(shard)?.resource?.version).toBe(one.all.get(shard)?.resource?.version);
  expect(served(other)).toBe(served(one));
});

test('of hosts that are rejected at once, the bad one is found, and the others are served', () => {
  const tables = new ShardTables(() => {});
  tables.add(header);
  const table = tables.all.get(shard);
  tables.put(fragment('good.test'));
  table?.acknowledged(table.resource?.version ?? '');
  for (const domain of ['bad.test', 'also.test', 'more.test']) tables.put(fragment(domain));
  for (let i = 0; i < 10; i++) {
    const version = table?.resource?.version ?? '';
    if (served(tables).includes('bad.test')) table?.reject({ version, message: 'no', since: 0 }, true);
    else table?.acknowledged(version);
    tables.noteState(shard);
  }
  expect([...(table?.rejections() ?? [])].map(({ domain }) => domain)).toEqual(['bad.test']);
  expect([...tables.rejected.keys()]).toEqual([shard]);
  for (const domain of ['good.test', 'also.test', 'more.test']) expect(served(tables)).toContain(domain);
});

test('a shard that is removed while proxies reject it is forgotten with its rejection', () => {
  const tables = new ShardTables(() => {});
  tables.add(header);
  tables.put(fragment('a.test'));
  const table = tables.all.get(shard);
  table?.reject({ version: table.resource?.version ?? '', message: 'no', since: 0 }, true);
  tables.noteState(shard);
  expect(tables.rejected.size).toBe(1);
  tables.delete(fragment('a.test'));
  tables.remove(shard);
  tables.forgetEmpty();
  expect([tables.all.size, tables.rejected.size]).toEqual([0, 0]);
});
