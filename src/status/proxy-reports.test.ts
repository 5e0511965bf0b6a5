import { expect, test } from 'vitest';
import { resourceKey } from '../lib/key.ts';
import { ManualClock } from '../../test/rig/pipeline/manual-clock.ts';
import { ProxyReports } from './proxy-reports.ts';

const none = '{"listeners":{},"refused":{}}';

class Replica {
  readonly published: string[] = [];
  readonly received: string[] = [];
  readonly clock = new ManualClock();
  isAway = false;
  readonly reports = new ProxyReports({
    clock: this.clock,
    backOff: { nextMs: () => 1000, reset() {} },
    publish: (parts) => {
      this.published.push(...parts);
      return Promise.resolve(!this.isAway);
    },
    onListeners: (gateway) => void this.received.push(gateway),
    onRejection: (object) => void this.received.push(object),
    onProblem: (gateway) => void this.received.push(`problem of ${gateway}`),
  });
}

test('what one replica publishes another has, version for version', async () => {
  const one = new Replica();
  const other = new Replica();
  one.reports.start();
  one.reports.setListeners('ns/web', 'v1');
  one.reports.setListeners('ns/api', 'v9');
  await one.clock.advanceBy(100);
  expect(one.published).toEqual(['{"listeners":{"ns/api":"v9","ns/web":"v1"},"refused":{}}']);
  other.reports.receive('one', 0, one.published[0]);
  expect(other.received.sort()).toEqual(['ns/api', 'ns/web']);
  expect(other.reports.has('ns/web', 'v1')).toBe(true);
  expect(other.reports.has('ns/web', 'v2')).toBe(false);
});

test('a removed replica, or one whose report is no JSON, has nothing, and only changes are sent', () => {
  const { reports, received } = new Replica();
  reports.receive('one', 0, '{"listeners":{"ns/web":"v1","ns/api":"v1"}}');
  received.length = 0;
  reports.receive('one', 0, '{"listeners":{"ns/web":"v1","ns/api":"v2"}}');
  expect(received).toEqual(['ns/api']);
  reports.receive('one', 0, 'broken');
  expect(reports.has('ns/web', 'v1')).toBe(false);
  reports.receive('one', 0, '{"listeners":{"ns/web":"v1"}}');
  reports.receive('one', 0, undefined);
  expect(reports.has('ns/web', 'v1')).toBe(false);
});

test('a problem of proxies is published until it is over, cut to a length, and no note of before lacks anything', async () => {
  const one = new Replica();
  const other = new Replica();
  one.reports.start();
  one.reports.setProblem('ns/web', `${'x'.repeat(300)} and more`);
  await one.clock.advanceBy(100);
  other.reports.receive('one', 0, one.published[0]);
  expect(other.received).toEqual(['problem of ns/web']);
  expect(other.reports.problem('ns/web')).toBe('x'.repeat(300));
  expect(other.reports.problem('ns/api')).toBeUndefined();
  other.reports.receive('two', 0, none);
  expect(other.reports.problem('ns/web')).toBe('x'.repeat(300));
  one.reports.setProblem('ns/web', undefined);
  await one.clock.advanceBy(1000);
  expect(one.published.at(-1)).toBe(none);
  other.reports.receive('one', 0, one.published.at(-1));
  expect(other.reports.problem('ns/web')).toBeUndefined();
});

test('a replica that has started again takes back what it published before', async () => {
  const { reports, published, clock } = new Replica();
  reports.start();
  await clock.advanceBy(1000);
  expect(published).toEqual([none]);
});

test('nothing is published before the start, nothing twice, and a burst is one write', async () => {
  const { reports, published, clock } = new Replica();
  reports.setListeners('ns/web', 'v1');
  await clock.advanceBy(1000);
  expect(published).toEqual([]);
  reports.start();
  await clock.advanceBy(1000);
  for (const version of ['v2', 'v3', 'v4', undefined, 'v1']) reports.setListeners('ns/web', version);
  await clock.advanceBy(1000);
  expect(published).toEqual(['{"listeners":{"ns/web":"v1"},"refused":{}}']);
  reports.setListeners('ns/web', undefined);
  await clock.advanceBy(1000);
  expect(published).toEqual(['{"listeners":{"ns/web":"v1"},"refused":{}}', none]);
});

test('a write that fails is tried again until it goes well', async () => {
  const replica = new Replica();
  const { reports, published, clock } = replica;
  reports.start();
  replica.isAway = true;
  reports.setListeners('ns/web', 'v1');
  await clock.advanceBy(2500);
  expect(published.length).toBe(3);
  replica.isAway = false;
  await clock.advanceBy(5000);
  expect(published.length).toBe(4);
});

test('what proxies reject of an object is sent with the Gateway whose proxies do, and taken back', async () => {
  const one = new Replica();
  const other = new Replica();
  const route = resourceKey('HTTPRoute', 'ns', 'a');
  one.reports.start();
  one.reports.setRejected(route, new Map([['ns/web', 'no such thing']]));
  await one.clock.advanceBy(100);
  other.reports.receive('one', 0, one.published[0]);
  expect(other.received).toEqual([route]);
  expect([...other.reports.rejected(route)]).toEqual([['ns/web', 'no such thing']]);
  one.reports.setRejected(route, new Map([['ns/web', 'no such thing']]));
  one.reports.setRejected(route, new Map());
  await one.clock.advanceBy(1000);
  expect(one.published).toHaveLength(2);
  other.reports.receive('one', 0, one.published[1]);
  expect(other.received).toEqual([route, route]);
  expect(other.reports.rejected(route).size).toBe(0);
});

test.each(['[]', 'null', '{"refused":3}', '{"refused":{"__proto__":1,"HTTPRoute/ns/a":{"ns/web":4}}}'])(
  'a report such as %s counts as empty',
  (text) => {
    const { reports } = new Replica();
    reports.receive('one', 0, text);
    expect(reports.rejected(resourceKey('HTTPRoute', 'ns', 'a')).size).toBe(0);
  },
);

test('many Gateways are sent of in parts, and one that changes writes one of them', async () => {
  const one = new Replica();
  const other = new Replica();
  one.reports.start();
  for (let i = 0; i < 20_000; i++) one.reports.setListeners(`ns/gateway-${i}`, 'v1');
  await one.clock.advanceBy(1000);
  const before = one.published.splice(0);
  expect(before.length).toBe(8);
  expect(Math.max(...before.map((text) => text.length))).toBeLessThan(400_000);
  for (const [part, text] of before.entries()) other.reports.receive('one', part, text);
  for (const i of [0, 7777, 19_999]) expect(other.reports.has(`ns/gateway-${i}`, 'v1')).toBe(true);
  one.reports.setListeners('ns/gateway-7', 'v2');
  await one.clock.advanceBy(1000);
  expect(one.published.filter((text, part) => text !== before[part])).toHaveLength(1);
});
