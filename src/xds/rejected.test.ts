import { expect, test, vi } from 'vitest';
import { StreamFixture } from '../../test/rig/xds/stream.ts';
import { urlOf, type Service } from '../../test/rig/xds/xds-types.ts';

/** Connects a client that has rejected routes which another client has ACKed. */
function rejecting(): StreamFixture {
  const fixture = new StreamFixture();
  fixture.put('LDS', 'l', 'l1');
  fixture.put('RDS', 'l', 'r1');
  fixture.publish();
  fixture.request('CDS');
  fixture.request('LDS');
  fixture.request('RDS', { subscribe: ['l'] });
  fixture.ackAll();
  change(fixture, 'RDS', 'r2');
  fixture.ack('RDS', 'no');
  expect(fixture.take()).toEqual(['RDS l']);
  return fixture;
}

function change(fixture: StreamFixture, service: Service, content: string): void {
  fixture.put(service, 'l', content);
  fixture.publish();
}

test('a listener that is sent again does not bring routes that the client has rejected', () => {
  const fixture = rejecting();
  change(fixture, 'LDS', 'l2');
  expect(fixture.ackAll()).toEqual(['LDS l']);
});

test('routes that were rejected come when they are others, and what has been taken then may come back', () => {
  const fixture = rejecting();
  change(fixture, 'RDS', 'r3');
  expect(fixture.ackAll()).toEqual(['RDS l']);
  change(fixture, 'RDS', 'r2');
  expect(fixture.ackAll()).toEqual(['RDS l']);
});

test('what the client asks for beside rejected routes comes without them', () => {
  const fixture = rejecting();
  fixture.put('RDS', 'm', 'r1');
  fixture.publish();
  fixture.request('RDS', { subscribe: ['m'] });
  expect(fixture.ackAll()).toEqual(['RDS m']);
});

test('endpoints that the client had are sent again when it rejected those of a cluster that is new to it', () => {
  const fixture = new StreamFixture();
  const put = (cluster: string, endpoints: string): void => {
    fixture.put('CDS', 'a', cluster);
    fixture.put('EDS', 'a', endpoints);
    fixture.publish();
  };
  put('c1', 'e1');
  fixture.request('CDS');
  fixture.request('EDS', { subscribe: ['a'] });
  fixture.ackAll();
  put('c2', 'e2');
  fixture.ack('CDS');
  fixture.ack('EDS', 'no');
  fixture.take();
  put('c2', 'e1');
  expect(fixture.ackAll()).toEqual(['EDS a']);
});

test('routes that the client had are sent again for a listener that came while it rejected newer ones', () => {
  const fixture = rejecting();
  change(fixture, 'LDS', 'l2');
  fixture.ackAll();
  change(fixture, 'RDS', 'r1');
  expect(fixture.ackAll()).toEqual(['RDS l']);
});

test('what a flush reads at does not grow with what the client refuses', () => {
  expect(looksOfFlush(64)).toBe(looksOfFlush(4));
});

/** Counts the reads of the view in a flush while the client rejects a number of listeners. */
function looksOfFlush(count: number): number {
  const fixture = new StreamFixture();
  const put = (content: string): void => {
    for (let i = 0; i < count; i++) fixture.put('LDS', `l${i}`, content);
    fixture.publish();
  };
  for (let i = 0; i < count; i++) fixture.put('RDS', `l${i}`, 'r');
  put('1');
  for (const service of ['CDS', 'LDS'] as const) fixture.request(service);
  fixture.ackAll();
  put('2');
  while (fixture.sent.length > 0) {
    for (const { service, nonce } of fixture.sent.splice(0))
      if (service !== undefined) fixture.request(service, { nonce, error: 'no' });
  }
  const type = urlOf('LDS');
  const totals = { behind: 0, oldest: undefined, lastGood: 0, rejected: 0 };
  fixture.stream.addTo(new Map([[type, totals]]));
  expect(totals.rejected).toBe(count);
  const reads = vi.spyOn(fixture.view, 'get');
  fixture.stream.flush();
  return reads.mock.calls.length;
}
