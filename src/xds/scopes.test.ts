import { expect, test } from 'vitest';
import { StreamFixture } from '../../test/rig/xds/stream.ts';
import { scopeCollection, scopeName, shardedTable } from '../units/route-shard.ts';

const one = shardedTable('default/web/80:*');
const other = shardedTable('default/web/81:*');
const collection = scopeCollection(one);

/** Two tables of three shards each, with their scopes, for a client that has the clusters. */
function begin(options: ConstructorParameters<typeof StreamFixture>[0] = {}): StreamFixture {
  const fixture = new StreamFixture(options);
  for (const table of [one, other])
    for (const shard of [0, 1, 2]) {
      fixture.put('RDS', `${table}${shard}`, 'options');
      fixture.put('SRDS', scopeName(table, shard), `scope ${shard}`, [['RDS', `${table}${shard}`]]);
    }
  fixture.publish();
  fixture.request('CDS');
  fixture.ackAll();
  return fixture;
}

function line(table: string): string {
  return ['SRDS', ...[0, 1, 2].map((shard) => scopeName(table, shard))].join(' ');
}

test('a request for a collection is answered with all of its scopes, and with those of no other', () => {
  const fixture = begin();
  fixture.request('SRDS', { subscribe: [collection] });
  expect(fixture.ackAll()).toEqual([line(one)]);
  fixture.request('SRDS', { subscribe: [scopeCollection(other)] });
  expect(fixture.ackAll()).toEqual([line(other)]);
});

test('all scopes go in one response, however small responses are: a listener opens with the first', () => {
  const fixture = begin({ maxResources: 1, maxBytes: 1 });
  fixture.request('SRDS', { subscribe: [collection] });
  expect(fixture.ackAll()).toEqual([line(one)]);
});

test('a collection that is asked for before there is a view is answered with the view', () => {
  const fixture = new StreamFixture();
  fixture.request('SRDS', { subscribe: [collection] });
  expect(fixture.take()).toEqual([]);
  fixture.put('SRDS', scopeName(one, 0), 'scope');
  fixture.publish();
  expect(fixture.ackAll()).toEqual([`SRDS ${scopeName(one, 0)}`]);
});

test('a client that asks for a collection again, as on a new stream, is sent all of it', () => {
  const fixture = begin();
  fixture.request('SRDS', { subscribe: [collection] });
  fixture.ackAll();
  fixture.request('SRDS', { subscribe: [collection] });
  expect(fixture.ackAll()).toEqual([line(one)]);
});

test('a scope that comes later is sent, and one that is lost is not removed', async () => {
  const fixture = begin();
  fixture.request('LDS');
  fixture.request('SRDS', { subscribe: [collection] });
  fixture.ackAll();
  fixture.put('SRDS', scopeName(one, 3), 'scope 3');
  fixture.publish();
  expect(fixture.ackAll()).toEqual([`SRDS ${scopeName(one, 3)}`]);
  fixture.delete('SRDS', scopeName(one, 3));
  fixture.publish();
  await fixture.clock.advanceBy(60_000);
  expect(fixture.ackAll()).toEqual([]);
});

test('a collection that the client leaves and asks for again comes again', () => {
  const fixture = begin();
  fixture.request('SRDS', { subscribe: [collection] });
  fixture.ackAll();
  fixture.request('SRDS', { unsubscribe: [collection] });
  fixture.put('SRDS', scopeName(one, 0), 'changed');
  fixture.publish();
  expect(fixture.ackAll()).toEqual([]);
  fixture.request('SRDS', { subscribe: [collection] });
  expect(fixture.ackAll()).toEqual([line(one)]);
});
