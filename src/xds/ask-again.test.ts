import { expect, test } from 'vitest';
import { StreamFixture } from '../../test/rig/xds/stream.ts';
import { typeUrl } from '../publish/type-table.ts';

/**
 * A name that is asked for again has to be sent, as the client may have dropped it:
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/discovery/v3/discovery.proto,
 * `resource_names_subscribe`.
 */
function served(): StreamFixture {
  const fixture = new StreamFixture();
  fixture.put('EDS', 'a', 'a1');
  fixture.put('EDS', 'b', 'b1');
  fixture.publish();
  fixture.request('EDS', { subscribe: ['a', 'b'] });
  expect(fixture.ackAll()).toEqual(['EDS a b']);
  return fixture;
}

test('a name that is asked for twice is sent twice', () => {
  const fixture = served();
  fixture.request('EDS', { subscribe: ['a'] });
  expect(fixture.ackAll()).toEqual(['EDS a']);
});

test('a name that is let go of, and asked for in the message after, is sent', () => {
  const fixture = served();
  fixture.request('EDS', { unsubscribe: ['a'] });
  fixture.request('EDS', { subscribe: ['a'] });
  expect(fixture.ackAll()).toEqual(['EDS a']);
});

test('a name that is let go of and asked for in one message is sent', () => {
  const fixture = served();
  fixture.request('EDS', { unsubscribe: ['a'], subscribe: ['a'] });
  expect(fixture.ackAll()).toEqual(['EDS a']);
});

test('a name that is let go of and asked for while its response is on the way is sent once more', () => {
  const fixture = served();
  fixture.put('EDS', 'a', 'a2');
  fixture.publish();
  fixture.request('EDS', { unsubscribe: ['a'] });
  fixture.request('EDS', { subscribe: ['a'] });
  expect(fixture.ackAll()).toEqual(['EDS a', 'EDS a']);
});

test('endpoints that are asked for again are empty when the cluster that waits for them is deleted', () => {
  const fixture = new StreamFixture();
  for (const service of ['CDS', 'EDS'] as const) fixture.put(service, 'a', 'a1');
  fixture.publish();
  fixture.request('CDS');
  fixture.request('EDS', { subscribe: ['a'] });
  expect(fixture.ackAll()).toEqual(['CDS a', 'EDS a']);
  fixture.put('CDS', 'a', 'a2');
  fixture.publish();
  expect(fixture.take()).toEqual(['CDS a', 'EDS a']);
  fixture.request('EDS', { nonce: '4' });
  for (const service of ['CDS', 'EDS'] as const) fixture.delete(service, 'a');
  fixture.publish();
  fixture.request('EDS', { subscribe: ['a'] });
  expect(fixture.take()).toEqual(['EDS a']);
});

test('a name is spared whose version is said in the same message, and only if it is the version of now', () => {
  const fixture = served();
  const version = fixture.view.get(typeUrl.endpoint, 'a')?.version ?? '';
  const stream = new StreamFixture();
  stream.put('EDS', 'a', 'a1');
  stream.put('EDS', 'b', 'b1');
  stream.put('EDS', 'c', 'c1');
  stream.publish();
  const initialVersions = new Map([
    ['a', version],
    ['b', 'of another time'],
  ]);
  stream.request('EDS', { subscribe: ['a', 'b', 'c'], initialVersions });
  expect(stream.ackAll()).toEqual(['EDS b c']);
  stream.request('EDS', { subscribe: ['a'] });
  expect(stream.ackAll()).toEqual(['EDS a']);
});

test.each([
  ['an ACK', (nonce: string) => ({ nonce })],
  ['a NACK', (nonce: string) => ({ nonce, error: 'no' })],
  ['an answer to nothing that was sent', () => ({ nonce: 'of another time' })],
  ['a NACK of nothing that was sent', () => ({ nonce: 'of another time', error: 'no' })],
])('what is asked for and let go of on %s is heeded', (_, answer) => {
  const fixture = served();
  fixture.put('EDS', 'c', 'c1');
  fixture.put('EDS', 'b', 'b2');
  fixture.publish();
  const nonce = fixture.sent[0]?.nonce ?? '';
  expect(fixture.take()).toEqual(['EDS b']);
  fixture.request('EDS', { ...answer(nonce), subscribe: ['c'], unsubscribe: ['a'] });
  fixture.request('EDS', { nonce });
  expect(fixture.ackAll()).toEqual(['EDS c']);
  fixture.put('EDS', 'a', 'a3');
  fixture.put('EDS', 'c', 'c3');
  fixture.publish();
  expect(fixture.ackAll()).toEqual(['EDS c']);
});
