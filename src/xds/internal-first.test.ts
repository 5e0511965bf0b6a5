import { beforeEach, expect, test } from 'vitest';
import { StreamFixture } from '../../test/rig/xds/stream.ts';

const inner = 'ns/g/filtered/80';

let fixture: StreamFixture;

/** A listener whose routes come to lead to an internal one. */
beforeEach(() => {
  fixture = new StreamFixture();
  fixture.put('LDS', 'ns/g/80', 'l1');
  fixture.put('RDS', 'ns/g/80', 'r1');
  fixture.put('VHDS', 'ns/g/80/a.test', 'h1');
  fixture.publish();
  fixture.request('CDS');
  fixture.request('LDS');
  fixture.request('RDS', { subscribe: ['ns/g/80'] });
  fixture.request('VHDS');
  fixture.ackAll();
  fixture.put('LDS', inner, 'l1');
  fixture.put('RDS', inner, 'r1');
  fixture.put('VHDS', `${inner}/a.test`, 'h1');
  fixture.put('VHDS', 'ns/g/80/a.test', 'h2');
  fixture.publish();
});

test('routes that may lead to an internal listener wait until the client has asked for its routes, too', () => {
  expect(fixture.ackAll()).toEqual([`LDS ${inner}`]);
  fixture.request('RDS', { subscribe: [inner] });
  expect(fixture.ackAll()).toEqual([`RDS ${inner}`, `VHDS ${inner}/a.test`, 'VHDS ns/g/80/a.test']);
});

test('they do not wait for what the client rejects', () => {
  fixture.ack('LDS', 'no');
  expect(fixture.ackAll()).toContain('VHDS ns/g/80/a.test');
});

test('they wait no longer than the hold, which the stream says', async () => {
  fixture.ackAll();
  await fixture.clock.advanceBy(1999);
  expect(fixture.take()).toEqual([]);
  await fixture.clock.advanceBy(1);
  expect(fixture.take()).toEqual(['VHDS ns/g/80/a.test']);
  expect(fixture.overdue).toEqual(['internal listeners not acknowledged']);
});

test('hosts behind are removed at once while nothing else changes, and else when requests under way are done', async () => {
  fixture.ackAll();
  fixture.request('RDS', { subscribe: [inner] });
  fixture.put('VHDS', `${inner}/b.test`, 'h1');
  fixture.put('VHDS', `${inner}/c.test`, 'h1');
  fixture.publish();
  fixture.ackAll();
  fixture.delete('VHDS', `${inner}/b.test`);
  fixture.publish();
  expect(fixture.ackAll()).toEqual([`VHDS -${inner}/b.test`]);
  fixture.delete('VHDS', `${inner}/c.test`);
  fixture.put('VHDS', 'ns/g/80/a.test', 'h3');
  fixture.publish();
  expect(fixture.ackAll()).toEqual(['VHDS ns/g/80/a.test']);
  await fixture.clock.advanceBy(1000);
  expect(fixture.ackAll()).toEqual([`VHDS -${inner}/c.test`]);
});
