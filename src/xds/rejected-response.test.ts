import { expect, test } from 'vitest';
import { served } from '../../test/rig/xds/stream.ts';

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
