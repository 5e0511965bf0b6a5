import { expect, test } from 'vitest';
import { StreamFixture } from '../../test/rig/xds/stream.ts';
import { urlOf, type Service } from '../../test/rig/xds/xds-types.ts';

/** Fills a view with tables `t`, of two hosts, and `u`, of one. */
function published(limits: { readonly maxResources?: number } = {}): StreamFixture {
  const fixture = new StreamFixture(limits);
  for (const table of ['t', 'u']) fixture.put('RDS', table, table);
  for (const host of ['t/a', 't/b', 'u/a']) fixture.put('VHDS', host, host);
  fixture.publish();
  return fixture;
}

/** Connects a client that has table `t` and its hosts. */
function served(limits: { readonly maxResources?: number } = {}): StreamFixture {
  const fixture = published(limits);
  fixture.request('CDS');
  fixture.request('LDS');
  fixture.request('RDS', { subscribe: ['t'] });
  // Envoy asks for hosts before it ACKs the table.
  fixture.request('VHDS');
  fixture.ackAll();
  return fixture;
}

function versions(fixture: StreamFixture, service: Service, names: readonly string[]): Map<string, string> {
  const { view } = fixture;
  return new Map(names.map((name) => [name, view.get(urlOf(service), name)?.version ?? 'old']));
}

/** Sends the first requests of a client that comes back with these tables and hosts. */
function comesBack(
  fixture: StreamFixture,
  { tables, hosts }: { readonly tables: readonly string[]; readonly hosts: readonly string[] },
  order: readonly Service[] = ['CDS', 'LDS', 'RDS', 'VHDS'],
): string[] {
  const first = {
    RDS: { subscribe: tables, initialVersions: versions(fixture, 'RDS', tables) },
    VHDS: { initialVersions: versions(fixture, 'VHDS', hosts) },
  };
  for (const service of order)
    fixture.request(service, service === 'RDS' || service === 'VHDS' ? first[service] : {});
  return fixture.ackAll();
}

test('the first table is followed by its hosts, in one response, and by no others', () => {
  const fixture = published({ maxResources: 1 });
  fixture.request('CDS');
  fixture.request('LDS');
  fixture.request('RDS', { subscribe: ['t'] });
  fixture.request('VHDS');
  expect(fixture.ackAll()).toEqual(['CDS', 'LDS', 'RDS t', 'VHDS t/a t/b']);
});

test('a further table is followed by its hosts, for which Envoy does not ask', () => {
  const fixture = served();
  fixture.request('RDS', { subscribe: ['u'] });
  expect(fixture.ackAll()).toEqual(['RDS u', 'VHDS u/a']);
});

test('a table without hosts is followed by the removal of a host that never was', () => {
  const fixture = served();
  fixture.delete('VHDS', 'u/a');
  fixture.publish();
  fixture.request('RDS', { subscribe: ['u'] });
  expect(fixture.ackAll()).toEqual(['RDS u', 'VHDS -u/-']);
});

test('a changed table keeps its hosts, and a changed host goes alone', () => {
  const fixture = served();
  fixture.put('RDS', 't', 't2');
  fixture.publish();
  expect(fixture.ackAll()).toEqual(['RDS t']);
  fixture.put('VHDS', 't/b', 'b2');
  fixture.put('VHDS', 'u/a', 'a2');
  fixture.publish();
  expect(fixture.ackAll()).toEqual(['VHDS t/b']);
});

test('a host that moves to another name goes with the removal of the old one', () => {
  const fixture = served();
  fixture.delete('VHDS', 't/a');
  fixture.put('VHDS', 't/c', 'c');
  fixture.publish();
  expect(fixture.ackAll()).toEqual(['VHDS t/c -t/a']);
});

test('when a client leaves a table, its hosts are removed, and come again with the table', () => {
  const fixture = served();
  fixture.request('RDS', { unsubscribe: ['t'] });
  expect(fixture.ackAll()).toEqual(['VHDS -t/a -t/b']);
  fixture.request('RDS', { subscribe: ['t'] });
  expect(fixture.ackAll()).toEqual(['RDS t', 'VHDS t/a t/b']);
});

test('a table that a client asks for again brings its hosts, though it has ACKed them before', () => {
  const fixture = served();
  fixture.request('RDS', { subscribe: ['t'] });
  expect(fixture.ackAll()).toEqual(['RDS t', 'VHDS t/a t/b']);
});

test('a client that comes back with everything is sent nothing, in whichever order it asks', () => {
  const all = { tables: ['t', 'u'], hosts: ['t/a', 't/b', 'u/a'] };
  expect(comesBack(published(), all)).toEqual(['CDS', 'LDS', 'VHDS']);
  expect(comesBack(published(), all, ['VHDS', 'RDS', 'LDS', 'CDS']).toSorted()).toEqual([
    'CDS',
    'LDS',
    'VHDS',
  ]);
});

test('a client that comes back is sent the hosts that differ, and the removal of those of tables that it lacks', () => {
  const some = { tables: ['t'], hosts: ['t/a', 't/gone', 'u/a'] };
  const [last = ''] = comesBack(published(), some).slice(-1);
  expect(last.split(' ').toSorted()).toEqual(['-t/gone', '-u/a', 'VHDS', 't/b']);
});

test('a table that is new to a client that comes back brings all of its hosts, whichever it names', () => {
  const fixture = published();
  for (const service of ['CDS', 'LDS'] as const) fixture.request(service);
  fixture.request('RDS', { subscribe: ['t'] });
  fixture.request('VHDS', { initialVersions: versions(fixture, 'VHDS', ['t/a', 't/b']) });
  expect(fixture.ackAll()).toEqual(['CDS', 'LDS', 'RDS t', 'VHDS t/a t/b']);
});

test('a first version of a table that the client rejects brings no hosts, and the next one brings all', () => {
  const fixture = served();
  fixture.request('RDS', { subscribe: ['u'] });
  fixture.ack('RDS', 'no');
  fixture.ack('VHDS');
  fixture.ackAll();
  fixture.put('VHDS', 'u/a', 'a2');
  fixture.publish();
  expect(fixture.ackAll()).toEqual([]);
  fixture.put('RDS', 'u', 'u2');
  fixture.publish();
  expect(fixture.ackAll()).toEqual(['RDS u', 'VHDS u/a']);
});
