import { beforeEach, expect, test } from 'vitest';
import { StreamFixture } from '../../test/rig/xds/stream.ts';
import type { StreamOptions } from './delta-stream.ts';

let fixture: StreamFixture;

/** A table `a` with two hosts, and `b` with one. */
beforeEach(() => (fixture = begin({}, ['a/x.test', 'a/y.test', 'b/x.test'])));

function begin(options: Partial<StreamOptions>, hosts: readonly string[]): StreamFixture {
  const started = new StreamFixture(options);
  for (const table of ['a', 'b']) started.put('RDS', table, 'options');
  for (const host of hosts) started.put('VHDS', host, 'v1');
  started.publish();
  // Routes wait for clusters.
  started.request('CDS');
  started.ackAll();
  return started;
}

/** Starts as Envoy does: it asks for hosts when it has its first RouteConfiguration. */
function start(tables: readonly string[] = ['a']): string[] {
  fixture.request('RDS', { subscribe: tables });
  fixture.request('VHDS');
  return fixture.ackAll();
}

function versionsOf(service: 'RDS' | 'VHDS', names: readonly string[]): Map<string, string> {
  return new Map(names.map((name) => [name, fixture.versionOf(service, name)]));
}

/** Reconnects with the RouteConfigurations and hosts that it names, of which it has the newest versions. */
function reconnect(tables: readonly string[], hosts: readonly string[]): string[] {
  fixture.request('RDS', { subscribe: tables, initialVersions: versionsOf('RDS', tables) });
  fixture.request('VHDS', { initialVersions: versionsOf('VHDS', hosts) });
  return fixture.ackAll();
}

test('all hosts of a RouteConfiguration go in one response behind it', () => {
  expect(start()).toEqual(['RDS a', 'VHDS a/x.test a/y.test']);
});

test('a second RouteConfiguration has its hosts behind it, for which Envoy does not ask', () => {
  start();
  fixture.request('RDS', { subscribe: ['b'] });
  expect(fixture.take()).toEqual(['RDS b', 'VHDS b/x.test']);
});

test('hosts wait for their RouteConfiguration', () => {
  fixture.request('VHDS');
  expect(fixture.ackAll()).toEqual(['VHDS']);
  fixture.put('VHDS', 'a/x.test', 'v2');
  fixture.publish();
  expect(fixture.take()).toEqual([]);
  fixture.request('RDS', { subscribe: ['a'] });
  expect(fixture.take()).toEqual(['RDS a', 'VHDS a/x.test a/y.test']);
});

test('a RouteConfiguration that is left and asked for again has all of its hosts behind it again', () => {
  start();
  fixture.request('RDS', { unsubscribe: ['a'] });
  fixture.request('RDS', { subscribe: ['a'] });
  expect(fixture.ackAll()).toEqual(['VHDS -a/x.test -a/y.test', 'RDS a', 'VHDS a/x.test a/y.test']);
});

test('so has one that is asked for again without having been left', () => {
  start();
  fixture.request('RDS', { subscribe: ['a'] });
  expect(fixture.ackAll()).toEqual(['RDS a', 'VHDS a/x.test a/y.test']);
});

test('so has one that a client names without a version when it reconnects, whatever hosts it names', () => {
  fixture.request('RDS', { subscribe: ['a'] });
  fixture.request('VHDS', { initialVersions: versionsOf('VHDS', ['a/x.test', 'a/y.test']) });
  expect(fixture.ackAll()).toEqual(['RDS a', 'VHDS a/x.test a/y.test']);
});

test('a RouteConfiguration that is sent again does not bring its hosts again', () => {
  start();
  fixture.put('RDS', 'a', 'other options');
  fixture.publish();
  expect(fixture.ackAll()).toEqual(['RDS a']);
});

test('the removal of a host that never is says that a RouteConfiguration has none', () => {
  fixture.put('RDS', 'c', 'options');
  fixture.publish();
  expect(start(['c'])).toEqual(['RDS c', 'VHDS -c/-']);
});

test('a host that changes goes alone, and one that is removed is removed at once', () => {
  start();
  fixture.put('VHDS', 'a/x.test', 'v2');
  fixture.publish();
  fixture.delete('VHDS', 'a/y.test');
  fixture.publish();
  expect(fixture.ackAll()).toEqual(['VHDS a/x.test', 'VHDS -a/y.test']);
});

test('what changes of hosts at once is in one response, however much it is', () => {
  fixture = begin({ maxResources: 1, maxBytes: 1 }, ['a/x.test', 'a/y.test']);
  start(['a', 'b']);
  fixture.delete('VHDS', 'a/x.test');
  for (const host of ['b/x.test', 'a/y.test']) fixture.put('VHDS', host, 'v2');
  fixture.publish();
  expect(fixture.take()).toEqual(['VHDS b/x.test a/y.test -a/x.test']);
});

test('hosts of a RouteConfiguration that the client leaves are removed: it would name them when it reconnects', () => {
  start(['a', 'b']);
  fixture.request('RDS', { unsubscribe: ['a'] });
  expect(fixture.ackAll()).toEqual(['VHDS -a/x.test -a/y.test']);
});

test('hosts that were under way when the client left their RouteConfiguration are removed behind their ACK', () => {
  fixture.request('RDS', { subscribe: ['a'] });
  fixture.request('VHDS');
  fixture.request('RDS', { unsubscribe: ['a'] });
  expect(fixture.ackAll()).toEqual(['RDS a', 'VHDS a/x.test a/y.test', 'VHDS -a/x.test -a/y.test']);
});

test('a client that reconnects with the newest versions is sent nothing', () => {
  expect(reconnect(['a'], ['a/x.test', 'a/y.test'])).toEqual(['VHDS']);
});

test('a client that reconnects lets go of hosts whose RouteConfiguration it does not ask for', () => {
  expect(reconnect(['a'], ['a/x.test', 'a/y.test', 'b/x.test'])).toEqual(['VHDS -b/x.test']);
});

test('it does so as well when it asks for hosts first', () => {
  fixture.request('VHDS', { initialVersions: versionsOf('VHDS', ['a/x.test', 'a/y.test', 'b/x.test']) });
  expect(fixture.ackAll()).toEqual(['VHDS']);
  fixture.request('RDS', { subscribe: ['a'], initialVersions: versionsOf('RDS', ['a']) });
  expect(fixture.ackAll()).toEqual(['VHDS -b/x.test']);
});

test('a client that reconnects is sent the hosts that it does not name', () => {
  expect(reconnect(['a'], ['a/x.test'])).toEqual(['VHDS a/y.test']);
});

test('hosts that a client names are compared when their RouteConfiguration is sent', () => {
  fixture = begin({ maxResources: 1 }, ['a/x.test', 'b/x.test']);
  fixture.request('RDS', { subscribe: ['b', 'a'] });
  fixture.request('VHDS', { initialVersions: new Map([['a/y.test', 'old']]) });
  expect(fixture.ackAll()).toEqual(['RDS b', 'VHDS b/x.test', 'RDS a', 'VHDS a/x.test -a/y.test']);
});

test('so they are when the client asks for it only later', () => {
  fixture.request('VHDS', { initialVersions: new Map([['a/z.test', 'old']]) });
  fixture.request('RDS', { subscribe: ['b'] });
  fixture.request('RDS', { subscribe: ['a'] });
  expect(fixture.ackAll().at(-1)).toBe('VHDS a/x.test a/y.test -a/z.test');
});

test('hosts of a RouteConfiguration that the view has lost stay, and go when it is there again without them', async () => {
  start();
  fixture.delete('RDS', 'a');
  for (const host of ['a/x.test', 'a/y.test']) fixture.delete('VHDS', host);
  fixture.publish();
  await fixture.clock.advanceBy(60_000);
  expect(fixture.ackAll().filter((line) => line.startsWith('VHDS'))).toEqual([]);
  fixture.put('RDS', 'a', 'options');
  fixture.put('VHDS', 'a/x.test', 'v1');
  fixture.publish();
  expect(fixture.ackAll()).toEqual(['RDS a', 'VHDS -a/y.test']);
});

test('hosts behind a RouteConfiguration that is rejected are not removed, and go again behind the next version', () => {
  fixture.request('RDS', { subscribe: ['a'] });
  fixture.request('VHDS');
  fixture.ack('RDS', 'bad options');
  expect(fixture.ackAll()).toEqual(['RDS a', 'VHDS a/x.test a/y.test']);
  fixture.delete('VHDS', 'a/y.test');
  fixture.publish();
  expect(fixture.take()).toEqual([]);
  fixture.put('RDS', 'a', 'good options');
  fixture.publish();
  expect(fixture.take()).toEqual(['RDS a', 'VHDS a/x.test -a/y.test']);
});

test('of hosts that a client rejects, the bad one is found, and the others are sent', () => {
  fixture.request('RDS', { subscribe: ['a', 'b'] });
  fixture.request('VHDS');
  fixture.ack('VHDS', 'a/y.test is bad');
  fixture.ack('VHDS', 'a/y.test is bad');
  fixture.ack('VHDS');
  fixture.ack('VHDS', 'a/y.test is bad');
  expect(fixture.ackAll()).toEqual([
    'RDS a b',
    'VHDS a/x.test a/y.test b/x.test',
    'VHDS a/x.test a/y.test',
    'VHDS b/x.test',
    'VHDS a/x.test',
    'VHDS a/y.test',
  ]);
});
