import { beforeEach, expect, test } from 'vitest';
import type { DeltaClient } from '../rig/xds/delta-client.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const [a, b] = ['default/a/80/http1', 'default/b/80/http1'];
const [endpointsOfA, endpointsOfB] = ['default/a/80', 'default/b/80'];
const manifests = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  m.httpRoute([{ backendRefs: [m.backend('a'), m.backend('b')] }]),
  ...['a', 'b'].flatMap((name) => [m.service(name), m.endpointSlice(['10.0.0.1'], { name, service: name })]),
];
let pipeline: Pipeline;
let client: DeltaClient;

/** The client sends its node and subscribes to nothing. */
beforeEach(async () => {
  pipeline = await Pipeline.started(manifests);
  client = pipeline.connect({ follows: false });
  client.tolerant = true;
});

async function sent(): Promise<string[]> {
  await pipeline.quiet();
  return client.take();
}

test('an empty first request asks for everything of its type', async () => {
  client.startWildcard('CDS', []);
  expect(await sent()).toEqual([`CDS ${a} ${b}`]);
});

test('an explicit * asks for everything', async () => {
  client.startWildcard('CDS', ['*']);
  expect(await sent()).toEqual([`CDS ${a} ${b}`]);
});

test('a first request with a name asks for that name alone, and an empty one after it for nothing more', async () => {
  client.subscribe('CDS', [a]);
  expect(await sent()).toEqual([`CDS ${a}`]);
  client.subscribe('CDS', []);
  expect(await sent()).toEqual([]);
  client.unsubscribe('CDS', [a]);
  client.subscribe('CDS', []);
  expect(await sent()).toEqual([]);
});

test('a name that is asked for again is sent again, in whatever version the client has', async () => {
  client.subscribe('EDS', [endpointsOfA]);
  expect(await sent()).toEqual([`EDS ${endpointsOfA}`]);
  const first = client.json('EDS', endpointsOfA);
  client.subscribe('EDS', [endpointsOfA]);
  expect(await sent()).toEqual([`EDS ${endpointsOfA}`]);
  expect(client.json('EDS', endpointsOfA)).toEqual(first);
});

test('a name that is asked for again in the message that lets go of another is sent', async () => {
  client.subscribe('EDS', [endpointsOfA, endpointsOfB]);
  await sent();
  client.subscribe('EDS', [endpointsOfA], { unsubscribe: [endpointsOfB] });
  expect(await sent()).toEqual([`EDS ${endpointsOfA}`]);
});

test('a name that is unsubscribed is no longer sent', async () => {
  client.subscribe('EDS', [endpointsOfA, endpointsOfB]);
  await sent();
  client.unsubscribe('EDS', [endpointsOfA]);
  pipeline.apply(m.endpointSlice(['10.0.0.2'], { name: 'a', service: 'a' }));
  expect(await sent()).toEqual([]);
  client.subscribe('EDS', [endpointsOfA]);
  expect(await sent()).toEqual([`EDS ${endpointsOfA}`]);
});

test('an unknown name lets other names through, and comes the moment it exists', async () => {
  const c = 'default/c/80';
  client.subscribe('EDS', [c, endpointsOfA]);
  expect(await sent()).toEqual([`EDS ${endpointsOfA}`]);
  pipeline.apply(
    m.service('c'),
    m.endpointSlice(['10.0.0.1'], { name: 'c', service: 'c' }),
    m.httpRoute([{ backendRefs: [m.backend('c')] }], { name: 'c' }),
  );
  expect(await sent()).toEqual([`EDS ${c}`]);
});

test('a cluster that is asked for and does not exist is said not to', async () => {
  client.subscribe('CDS', ['nope']);
  expect(await sent()).toEqual(['CDS -nope']);
});

test('letting go of a name that * covers is answered with it, and letting go of * leaves the names', async () => {
  client.startWildcard('CDS', ['*']);
  await sent();
  client.subscribe('CDS', [a]);
  expect(await sent()).toEqual([`CDS ${a}`]);
  client.unsubscribe('CDS', [a]);
  expect(await sent()).toEqual([`CDS ${a}`]);
  client.subscribe('CDS', [b]);
  await sent();
  client.unsubscribe('CDS', ['*']);
  pipeline.apply(m.service('c'), m.httpRoute([{ backendRefs: [m.backend('c')] }], { name: 'c' }));
  expect(await sent()).toEqual([]);
});

test('letting go of a name that was never asked for does nothing', async () => {
  client.subscribe('EDS', [endpointsOfA]);
  await sent();
  client.unsubscribe('EDS', [endpointsOfB]);
  expect(await sent()).toEqual([]);
});

test('a subscription that rides on an ACK, a NACK or a stale nonce is honoured', async () => {
  client.hold('EDS');
  client.subscribe('EDS', [endpointsOfA]);
  await sent();
  client.subscribe('EDS', [endpointsOfB], { nonce: 'of another time' });
  expect(await sent()).toEqual([]);
  client.release('EDS');
  expect(await sent()).toEqual([`EDS ${endpointsOfB}`]);
});

test('the first request of a type with nothing to send is answered all the same', async () => {
  const empty = await Pipeline.started([m.gatewayClass(), m.gateway([m.httpListener()])]);
  const proxy = empty.connect();
  await empty.settle();
  expect(proxy.take()[0]).toBe('CDS');
});

test('a type that Sluice does not serve is left without an answer, and the stream lives on', async () => {
  client.sendRaw({
    typeUrl: 'type.googleapis.com/envoy.service.runtime.v3.Runtime',
    subscribe: [],
  });
  expect(await sent()).toEqual([]);
  client.subscribe('EDS', [endpointsOfA]);
  expect(await sent()).toEqual([`EDS ${endpointsOfA}`]);
});
