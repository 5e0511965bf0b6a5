import { expect, test } from 'vitest';
import { StreamFixture } from '../../test/rig/xds/stream.ts';

/** Connects a client that has cluster `a`, its endpoints, listener `l` and routes `r`. */
function served(options?: ConstructorParameters<typeof StreamFixture>[0]): StreamFixture {
  const fixture = new StreamFixture(options);
  fixture.put('CDS', 'a', 'a1');
  fixture.put('EDS', 'a', 'a1');
  fixture.put('SDS', 's', 's1');
  fixture.put('LDS', 'l', 'l1', [['SDS', 's']]);
  fixture.put('RDS', 'l', 'r1');
  fixture.publish();
  fixture.request('CDS');
  fixture.request('EDS', { subscribe: ['a'] });
  fixture.request('LDS');
  fixture.request('RDS', { subscribe: ['l'] });
  fixture.request('SDS', { subscribe: ['s'] });
  fixture.ackAll();
  return fixture;
}

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

test('a rejected response is cut in halves until the bad one stands alone', () => {
  const fixture = served();
  const names = ['b', 'c', 'd', 'e'];
  for (const name of names) fixture.put('CDS', name, name);
  fixture.publish();
  const log: string[] = [];
  while (fixture.sent.length > 0) {
    const { names: brought = [], nonce = '' } = fixture.sent[0] ?? {};
    log.push(...fixture.take());
    fixture.request('CDS', { nonce, error: brought.includes('d') ? 'no' : undefined });
  }
  expect(log).toEqual(['CDS b c d e', 'CDS b c', 'CDS d e', 'CDS d', 'CDS e']);
  expect(fixture.nacks.filter(({ alone }) => alone)).toEqual([{ names: ['d'], alone: true }]);
});

test('a part of a rejected response that was deleted meanwhile does not keep the other part waiting', () => {
  const fixture = served();
  fixture.request('EDS', { subscribe: ['b', 'c'] });
  fixture.put('EDS', 'b', 'b1');
  fixture.put('EDS', 'c', 'c1');
  fixture.publish();
  fixture.delete('EDS', 'b');
  fixture.publish();
  fixture.ack('EDS', 'no');
  expect(fixture.take()).toEqual(['EDS b c', 'EDS c']);
});

test('a deleted cluster of a rejected response is removed: Envoy may have accepted it', () => {
  const fixture = served();
  fixture.put('CDS', 'b', 'b1');
  fixture.put('CDS', 'c', 'c1');
  fixture.publish();
  fixture.delete('CDS', 'b');
  fixture.publish();
  fixture.ack('CDS', 'no');
  expect(fixture.ackAll().slice(1)).toEqual(['CDS -b', 'CDS c']);
});

test('of a rejected response, what does not fit into one answer comes with the next', () => {
  const fixture = served({ maxBytes: 10 });
  for (const name of ['b', 'c', 'd', 'e']) fixture.put('CDS', name, name);
  fixture.publish();
  for (const name of ['b', 'c', 'd', 'e']) fixture.put('CDS', name, name.repeat(8));
  fixture.publish();
  fixture.ack('CDS', 'no');
  expect(new Set(fixture.ackAll().slice(1))).toEqual(new Set(['CDS b', 'CDS c', 'CDS d', 'CDS e']));
});

test('a rejected listener is not taken away when routes that waited for a cluster go', async () => {
  const fixture = served();
  fixture.put('LDS', 'm', 'm1');
  fixture.publish();
  fixture.ackAll();
  fixture.put('LDS', 'l', 'l2');
  fixture.put('LDS', 'm', 'm2');
  fixture.publish();
  fixture.put('CDS', 'b', 'b1');
  fixture.put('RDS', 'l', 'r2');
  fixture.publish();
  fixture.ack('LDS', 'no');
  await fixture.clock.advanceBy(2000);
  expect(fixture.ackAll().filter((line) => line.includes('-'))).toEqual([]);
  expect(fixture.overdue).toHaveLength(1);
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

test('a version that was rejected is tried again when another was taken in between', () => {
  const fixture = served();
  fixture.put('RDS', 'l', 'r2');
  fixture.publish();
  fixture.ack('RDS', 'no');
  fixture.put('RDS', 'l', 'r3');
  fixture.publish();
  fixture.ackAll();
  fixture.put('RDS', 'l', 'r2');
  fixture.publish();
  expect(fixture.take()).toEqual(['RDS l']);
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
