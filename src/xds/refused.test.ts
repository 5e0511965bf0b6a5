import { expect, test } from 'vitest';
import { StreamFixture } from '../../test/fakes/stream.ts';
import type { Service } from '../../test/fakes/xds-types.ts';

/** A client that has refused routes which the view goes on serving, since another client has taken them. */
function refusing(): StreamFixture {
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

test('a listener that is sent again does not bring routes that the client has refused', () => {
  const fixture = refusing();
  change(fixture, 'LDS', 'l2');
  expect(fixture.ackAll()).toEqual(['LDS l']);
});

test('routes that were refused come when they are others, and what has been taken then may come back', () => {
  const fixture = refusing();
  change(fixture, 'RDS', 'r3');
  expect(fixture.ackAll()).toEqual(['RDS l']);
  change(fixture, 'RDS', 'r2');
  expect(fixture.ackAll()).toEqual(['RDS l']);
});

test('what the client asks for beside refused routes comes without them', () => {
  const fixture = refusing();
  fixture.put('RDS', 'm', 'r1');
  fixture.publish();
  fixture.request('RDS', { subscribe: ['m'] });
  expect(fixture.ackAll()).toEqual(['RDS m']);
});
