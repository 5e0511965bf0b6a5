import { expect, test } from 'vitest';
import { served, StreamFixture } from '../../test/rig/xds/stream.ts';

test('a stream is silent until there is a view, whatever the client asks for', () => {
  const fixture = new StreamFixture();
  fixture.request('CDS');
  fixture.request('EDS', { subscribe: ['a'] });
  expect(fixture.take()).toEqual([]);
  fixture.put('CDS', 'a', 'a1');
  fixture.put('EDS', 'a', 'a1');
  fixture.publish();
  expect(fixture.take()).toEqual(['CDS a', 'EDS a']);
});

test('an equal version is not sent again', () => {
  const fixture = served();
  fixture.put('CDS', 'a', 'a2');
  fixture.put('CDS', 'a', 'a1');
  fixture.publish();
  expect(fixture.take()).toEqual([]);
});

test('a cluster that is sent again brings its endpoints again behind it, though they have not changed', () => {
  const fixture = served();
  fixture.put('CDS', 'a', 'a2');
  fixture.publish();
  expect(fixture.take()).toEqual(['CDS a', 'EDS a']);
});

test('a listener that is sent again brings its routes and its own secrets again behind it', () => {
  const fixture = served();
  fixture.put('SDS', 'other', 'o1');
  fixture.request('SDS', { subscribe: ['other'] });
  fixture.publish();
  fixture.ackAll();
  fixture.put('LDS', 'l', 'l2', [['SDS', 'ns/s']]);
  fixture.request('SDS', { subscribe: ['ns/s'] });
  fixture.put('SDS', 'ns/s', 's1');
  fixture.publish();
  expect(fixture.ackAll()).toEqual(['LDS l', 'RDS l', 'SDS ns/s']);
});

test('what changes while a response has no answer goes with the next, once, in its newest version', () => {
  const fixture = served();
  for (const revision of ['a2', 'a3', 'a4']) {
    fixture.put('EDS', 'a', revision);
    fixture.publish();
  }
  expect(fixture.take()).toEqual(['EDS a']);
  fixture.request('EDS', { nonce: 'unknown' });
  expect(fixture.take()).toEqual([]);
});

test('an ACK with the nonce of another time is no ACK', () => {
  const fixture = served();
  fixture.put('EDS', 'a', 'a2');
  fixture.publish();
  fixture.put('EDS', 'a', 'a3');
  fixture.publish();
  fixture.request('EDS', { nonce: '1' });
  expect(fixture.sent).toHaveLength(1);
  fixture.ack('EDS');
  expect(fixture.take()).toEqual(['EDS a', 'EDS a']);
});

test('while a wave is being committed only endpoints go', () => {
  const fixture = served();
  fixture.shared.committing = true;
  fixture.put('RDS', 'l', 'r2');
  fixture.put('EDS', 'a', 'a2');
  fixture.publish();
  expect(fixture.ackAll()).toEqual(['EDS a']);
  fixture.put('CDS', 'a', 'a2');
  fixture.publish();
  expect(fixture.ackAll()).toEqual([]);
  fixture.shared.committing = false;
  fixture.publish();
  expect(fixture.ackAll()).toEqual(['CDS a', 'EDS a', 'RDS l']);
});

test('routes wait for the ACK of their clusters, and no longer than the hold', async () => {
  const fixture = served();
  fixture.put('CDS', 'b', 'b1');
  fixture.put('RDS', 'l', 'r2');
  fixture.publish();
  await fixture.clock.advanceBy(1999);
  expect(fixture.take()).toEqual(['CDS b']);
  await fixture.clock.advanceBy(1);
  expect(fixture.take()).toEqual(['RDS l']);
  expect(fixture.overdue).toEqual(['clusters not acknowledged']);
});

test('routes that waited go as they were when their clusters are there, and newer ones when theirs are', () => {
  const fixture = served();
  for (const name of ['b', 'c']) {
    fixture.put('CDS', name, name);
    fixture.put('RDS', 'l', `to ${name}`);
    fixture.publish();
  }
  expect(fixture.ackAll()).toEqual(['CDS b', 'CDS c', 'RDS l', 'RDS l']);
});

test('routes that are added or deleted while others wait are sent in the end', () => {
  const fixture = served();
  fixture.request('RDS', { subscribe: ['m', 'n'] });
  fixture.put('RDS', 'm', 'm1');
  fixture.publish();
  fixture.ackAll();
  fixture.put('CDS', 'b', 'b1');
  fixture.put('RDS', 'l', 'r2');
  fixture.publish();
  fixture.put('CDS', 'c', 'c1');
  fixture.put('RDS', 'n', 'n1');
  fixture.put('RDS', 'm', 'm2');
  fixture.publish();
  expect(fixture.ackAll()).toEqual(['CDS b', 'CDS c', 'RDS l', 'RDS n m']);
});

test('routes of a client that asks for its clusters last wait for them', () => {
  const fixture = new StreamFixture();
  fixture.put('CDS', 'a', 'a1');
  fixture.put('RDS', 'l', 'r1');
  fixture.publish();
  fixture.request('RDS', { subscribe: ['l'] });
  expect(fixture.take()).toEqual([]);
  fixture.request('CDS');
  expect(fixture.take()).toEqual(['CDS a']);
});

test('routes of a client that asks for no clusters at all come after the hold', async () => {
  const fixture = new StreamFixture();
  fixture.put('RDS', 'l', 'r1');
  fixture.publish();
  fixture.request('RDS', { subscribe: ['l'] });
  await fixture.clock.advanceBy(2000);
  expect(fixture.take()).toEqual(['RDS l']);
});

test('a client that was sent a cluster does not wait for endpoints that do not exist', () => {
  const fixture = served();
  fixture.put('CDS', 'b', 'b1');
  fixture.publish();
  fixture.request('EDS', { subscribe: ['b', 'absent'] });
  expect(fixture.take()).toEqual(['CDS b', 'EDS b']);
});

test('a closed stream sends nothing, and waits for nothing', async () => {
  const fixture = served();
  fixture.delete('CDS', 'a');
  fixture.publish();
  fixture.stream.close();
  await fixture.clock.advanceBy(60_000);
  fixture.put('RDS', 'l', 'r2');
  fixture.publish();
  expect(fixture.take()).toEqual([]);
});

test('of what waits for a change to be in force, it is said that it goes next', () => {
  const fixture = new StreamFixture();
  fixture.publish();
  fixture.request('CDS');
  fixture.ackAll();
  fixture.put('CDS', 'a', '1');
  fixture.shared.committing = true;
  fixture.publish();
  const [clusters] = fixture.stream.types();
  expect([...(clusters?.behind() ?? [])]).toMatchObject([{ name: 'a', reason: { kind: 'next' } }]);
  fixture.shared.committing = false;
  fixture.stream.flush();
  expect([...(clusters?.behind() ?? [])]).toMatchObject([{ name: 'a', reason: { kind: 'unanswered' } }]);
});

test('a listener that is sent again brings its plugins again behind it', () => {
  const fixture = served();
  fixture.put('ECDS', 'plugins/0', 'p1');
  fixture.put('LDS', 'l', 'l2', [['ECDS', 'plugins/0']]);
  fixture.publish();
  fixture.request('ECDS', { subscribe: ['plugins/0'] });
  fixture.ackAll();
  fixture.put('LDS', 'l', 'l3', [['ECDS', 'plugins/0']]);
  fixture.publish();
  expect(fixture.ackAll().sort()).toEqual(['ECDS plugins/0', 'LDS l', 'RDS l']);
});

test('a secret that was away when its listener was sent goes behind it when it is back, be it the same', () => {
  const fixture = served();
  fixture.put('SDS', 'ns/s', 's1');
  fixture.publish();
  fixture.request('SDS', { subscribe: ['ns/s'] });
  fixture.ackAll();
  fixture.put('CDS', 'b', 'b1');
  fixture.put('LDS', 'l', 'l2', [['SDS', 'ns/s']]);
  fixture.publish();
  fixture.put('CDS', 'c', 'c1');
  fixture.put('LDS', 'l', 'l3');
  fixture.delete('SDS', 'ns/s');
  fixture.publish();
  fixture.ack('CDS');
  expect(fixture.take()).toEqual(['CDS b', 'CDS c', 'LDS l', 'RDS l']);
  fixture.put('SDS', 'ns/s', 's1');
  fixture.publish();
  expect(fixture.take()).toEqual(['SDS ns/s']);
});

test('a client that does not ask for plugins is sent removals when it can no longer ask', async () => {
  const fixture = served();
  fixture.put('ECDS', 'plugins/0', 'p1');
  fixture.publish();
  fixture.delete('CDS', 'a');
  fixture.publish();
  expect(fixture.ackAll()).toEqual([]);
  await fixture.clock.advanceBy(60_000);
  expect(fixture.ackAll()).toEqual(['CDS -a']);
});
