import { expect, test } from 'vitest';
import { StreamFixture } from '../../test/rig/xds/stream.ts';
import { contentHash } from '../lib/hash.ts';

const slot = 'plugins/0';

/** Connects a client with a listener whose plugins come by ECDS. */
function served(): StreamFixture {
  const fixture = new StreamFixture();
  fixture.put('CDS', 'a', 'a1');
  fixture.put('ECDS', slot, 'e1');
  fixture.put('LDS', 'l', 'l1');
  fixture.put('RDS', 'l', 'r1');
  fixture.publish();
  fixture.request('CDS');
  fixture.ack('CDS');
  fixture.request('LDS');
  fixture.request('ECDS', { subscribe: [slot] });
  fixture.request('RDS', { subscribe: ['l'] });
  fixture.request('VHDS');
  fixture.ackAll();
  return fixture;
}

/** Returns the unanswered responses, and ACKs them. */
function answered(fixture: StreamFixture, error?: string): string[] {
  const waiting = [...fixture.sent];
  const lines = fixture.take();
  for (const { service, nonce } of waiting)
    if (service !== undefined) fixture.request(service, { nonce, error });
  return lines;
}

test('routes go when the client has ACKed the plugins that are published with them', () => {
  const fixture = served();
  fixture.put('ECDS', slot, 'e2');
  fixture.put('RDS', 'l', 'r2');
  fixture.publish();
  expect(answered(fixture)).toEqual([`ECDS ${slot}`]);
  expect(fixture.take()).toEqual(['RDS l']);
});

test('routes wait no longer for plugins than the hold, and not for those that the client refuses', async () => {
  const fixture = served();
  fixture.put('ECDS', slot, 'e2');
  fixture.put('RDS', 'l', 'r2');
  fixture.publish();
  await fixture.clock.advanceBy(1990);
  expect(fixture.sent).toHaveLength(1);
  await fixture.clock.advanceBy(20);
  expect(fixture.ackAll()).toEqual([`ECDS ${slot}`, 'RDS l']);
  fixture.put('ECDS', slot, 'e3');
  fixture.put('RDS', 'l', 'r3');
  fixture.publish();
  expect(answered(fixture, 'no such thing')).toEqual([`ECDS ${slot}`]);
  expect(fixture.take()).toEqual(['RDS l']);
});

test('plugins go when the client has ACKed the clusters that are published with them, and no later than the hold', async () => {
  const fixture = served();
  fixture.put('CDS', 'b', 'b1');
  fixture.put('ECDS', slot, 'e2');
  fixture.publish();
  expect(answered(fixture)).toEqual(['CDS b']);
  expect(answered(fixture)).toEqual([`ECDS ${slot}`]);
  fixture.put('CDS', 'c', 'c1');
  fixture.put('ECDS', slot, 'e3');
  fixture.publish();
  await fixture.clock.advanceBy(1990);
  expect(fixture.take()).toEqual(['CDS c']);
  await fixture.clock.advanceBy(20);
  expect(fixture.take()).toEqual([`ECDS ${slot}`]);
});

test('a cluster stays until the client has ACKed plugins without it, and requests under way had their time', async () => {
  const fixture = served();
  fixture.put('ECDS', slot, 'e2');
  fixture.delete('CDS', 'a');
  fixture.publish();
  await fixture.clock.advanceBy(1500);
  expect(answered(fixture)).toEqual([`ECDS ${slot}`]);
  await fixture.clock.advanceBy(900);
  expect(fixture.take()).toEqual([]);
  await fixture.clock.advanceBy(200);
  expect(fixture.take()).toEqual(['CDS -a']);
});

test('routes of a client that comes back wait until it has asked for its plugins', () => {
  const fixture = new StreamFixture();
  fixture.put('ECDS', slot, 'e2');
  fixture.put('LDS', 'l', 'l1');
  fixture.put('RDS', 'l', 'r2');
  fixture.publish();
  fixture.request('CDS');
  fixture.ackAll();
  fixture.request('LDS', has('l', 'l1'));
  fixture.request('RDS', { subscribe: ['l'], ...has('l', 'r1') });
  expect(fixture.ackAll()).toEqual([]);
  fixture.request('ECDS', { subscribe: [slot], ...has(slot, 'e1') });
  expect(answered(fixture)).toEqual([`ECDS ${slot}`]);
  expect(fixture.take()).toContain('RDS l');
});

function has(name: string, content: string) {
  return { initialVersions: new Map([[name, contentHash(Buffer.from(content))]]) };
}
