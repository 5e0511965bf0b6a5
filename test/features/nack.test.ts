import { expect, test } from 'vitest';
import type { DeltaClient } from '../rig/xds/delta-client.ts';
import * as m from '../rig/objects/manifests.ts';
import { holdMs, Pipeline } from '../rig/pipeline/pipeline.ts';

const names = Array.from({ length: 50 }, (_, i) => `s${i}`);
const base = [m.gatewayClass(), m.gateway([m.httpListener()])];

function fleet(service: (name: string) => object = (name) => m.service(name)): object[] {
  return [
    ...names.map((name) => service(name)),
    ...names.map((name) => m.endpointSlice(['10.0.0.1'], { name, service: name })),
    ...names.map((name) =>
      m.httpRoute([{ matches: [m.prefix(`/${name}`)], backendRefs: [m.backend(name)] }], { name }),
    ),
  ];
}

function reject(client: DeltaClient, bad: string): void {
  client.reject = (service, name) => (service === 'CDS' && name === bad ? `${name} is bad` : undefined);
}

const twoServices = ['s0', 's1'].flatMap((name) => [
  m.service(name),
  m.endpointSlice(['10.0.0.1'], { name, service: name }),
]);

test('one bad resource among fifty: the others are live, in few responses, and it is known by name', async () => {
  const pipeline = await Pipeline.started([...base, ...fleet()]);
  const client = pipeline.connect();
  client.tolerant = true;
  reject(client, 'default/s17/80/http1');
  await pipeline.quiet();
  expect(client.names('CDS')).toHaveLength(49);
  expect(client.take().filter((line) => line.startsWith('CDS')).length).toBeLessThanOrEqual(2 * 6 + 1);
  expect(pipeline.log.lines).toContainEqual(
    expect.objectContaining({
      level: 'error',
      fields: expect.objectContaining({
        name: 'default/s17/80/http1',
        message: 'default/s17/80/http1 is bad',
      }) as unknown,
    }),
  );
});

test('a rejected resource is not sent again until there is another version of it, and then once', async () => {
  const slice = m.endpointSlice(['10.0.0.1']);
  const pipeline = await Pipeline.started([...base, m.service(), slice, routeAt('/a')]);
  const client = await pipeline.connected();
  client.reject = (service) => (service === 'VHDS' ? 'bad route' : undefined);
  pipeline.apply(routeAt('/b'));
  await pipeline.drain();
  expect(client.take()).toEqual(['VHDS default/web/80:*/*']);
  pipeline.apply(m.endpointSlice(['10.0.0.2']));
  await pipeline.drain();
  expect(client.take()).toEqual(['EDS default/app/80']);
  client.reject = () => undefined;
  pipeline.apply(routeAt('/c'));
  await pipeline.drain();
  expect(client.take()).toEqual(['VHDS default/web/80:*/*']);
  expect(JSON.stringify(client.routes('default/web/80:*'))).toContain('/c');
});

test('a rejected change that is taken back leaves the last good version, with nothing to be sent', async () => {
  const pipeline = await Pipeline.started([
    ...base,
    m.service(),
    m.endpointSlice(['10.0.0.1']),
    routeAt('/a'),
  ]);
  const client = await pipeline.connected();
  client.reject = (service) => (service === 'VHDS' ? 'bad route' : undefined);
  pipeline.apply(routeAt('/b'));
  await pipeline.quiet();
  client.reject = () => undefined;
  client.take();
  pipeline.apply(routeAt('/a'));
  await pipeline.drain();
  expect(client.take()).toEqual([]);
  expect(JSON.stringify(client.routes('default/web/80:*'))).toContain('/a');
});

test('a proxy that rejects everything costs the others nothing', async () => {
  const pipeline = await Pipeline.started([...base, ...fleet()]);
  const rejecting = pipeline.connect({ id: 'rejecting' });
  rejecting.tolerant = true;
  rejecting.reject = () => 'no';
  const client = await pipeline.connected({ id: 'good' });
  expect([client.names('CDS').length, client.names('EDS').length]).toEqual([50, 50]);
  expect(rejecting.names('CDS')).toEqual([]);
});

test('a removal rides in a response that is rejected for another resource, and is not lost', async () => {
  const pipeline = await Pipeline.started([...base, ...fleet()]);
  const client = await pipeline.connected();
  client.tolerant = true;
  reject(client, 'default/new/80/http1');
  pipeline.delete(m.service('s0'), m.service('s1'));
  await pipeline.advance(500);
  client.hold('CDS');
  pipeline.apply(m.service('new'), m.httpRoute([{ backendRefs: [m.backend('new')] }], { name: 'new' }));
  await pipeline.advance(400);
  client.release('CDS');
  await pipeline.drain().catch(() => undefined);
  await pipeline.advance(5000);
  expect(client.names('CDS')).toHaveLength(48);
});

test('a proxy that rejects new routes keeps the clusters that its last good routes name', async () => {
  const pipeline = await Pipeline.started([...base, ...twoServices, routeTo('s0')]);
  const client = await pipeline.connected();
  client.reject = (service) => (service === 'VHDS' ? 'bad route' : undefined);
  pipeline.apply(routeTo('s1'));
  await pipeline.drain();
  await pipeline.advance(60_000);
  expect(client.names('CDS')).toEqual(['default/s0/80/http1', 'default/s1/80/http1']);
  client.reject = () => undefined;
  pipeline.apply(m.httpRoute([{ matches: [m.prefix('/mended')], backendRefs: [m.backend('s1')] }]));
  await pipeline.drain();
  expect(client.names('CDS')).toEqual(['default/s1/80/http1']);
});

test('when rejected routes are taken away, what the last good ones name goes after these', async () => {
  const pipeline = await Pipeline.started([...base, ...twoServices, ...hosts('s0')]);
  const client = await pipeline.connected();
  client.reject = (service) => (service === 'VHDS' ? 'bad route' : undefined);
  pipeline.apply(...hosts('s1'));
  await pipeline.drain();
  await pipeline.advance(60_000);
  expect(client.names('CDS')).toEqual(['default/s0/80/http1', 'default/s1/80/http1']);
  client.reject = () => undefined;
  client.take();
  client.hold('VHDS');
  pipeline.delete(...hosts('s1'));
  await pipeline.advance(1500);
  expect(client.take()).toEqual(['VHDS -default/web/80:*/a.example.com -default/web/80:*/b.example.com']);
  client.release('VHDS');
  await pipeline.drain();
  expect(client.take()).toEqual(['CDS -default/s0/80/http1 -default/s1/80/http1']);
});

test('when rejected routes are taken away, what the last good ones name waits for the ACK of what comes instead', async () => {
  const pipeline = await Pipeline.started([...base, ...twoServices, ...hosts('s0')]);
  const client = await pipeline.connected();
  client.reject = (service) => (service === 'VHDS' ? 'bad route' : undefined);
  pipeline.apply(...hosts('s1'));
  await pipeline.advance(60_000);
  client.reject = () => undefined;
  client.hold('VHDS');
  client.take();
  pipeline.delete(...hosts('s1'));
  await pipeline.advance(holdMs);
  expect(client.take()).toEqual(['VHDS -default/web/80:*/a.example.com -default/web/80:*/b.example.com']);
  client.release('VHDS');
  await pipeline.drain();
  expect(client.names('CDS')).toEqual([]);
});

test('a proxy that has not even been sent the new routes keeps the clusters that the old ones name', async () => {
  const pipeline = await Pipeline.started([...base, ...twoServices, routeTo('s0')]);
  const client = await pipeline.connected();
  client.hold('VHDS');
  pipeline.apply(m.httpRoute([{ matches: [m.prefix('/a')], backendRefs: [m.backend('s0')] }]));
  await pipeline.quiet();
  pipeline.apply(routeTo('s1'));
  await pipeline.drain();
  await pipeline.advance(60_000);
  expect(client.names('CDS')).toEqual(['default/s0/80/http1', 'default/s1/80/http1']);
  client.release('VHDS');
  await pipeline.drain();
  expect(client.names('CDS')).toEqual(['default/s1/80/http1']);
});

function routeAt(path: string): object {
  return m.httpRoute([{ matches: [m.prefix(path)], backendRefs: [m.backend()] }]);
}

function routeTo(service: string): object {
  return m.httpRoute([{ backendRefs: [m.backend(service)] }]);
}

test('a listener that is rejected together with the removal of another is sent once more, alone, and then rests', async () => {
  const pipeline = await Pipeline.started(base);
  const client = await pipeline.connected();
  client.reject = (service) => (service === 'LDS' ? 'address in use' : undefined);
  pipeline.apply(m.gateway([m.httpListener({ port: 81 })]));
  await pipeline.quiet();
  expect(client.take().filter((line) => line.startsWith('LDS'))).toEqual([
    'LDS default/web/81 -default/web/80',
    'LDS -default/web/80',
    'LDS default/web/81',
  ]);
});

function hosts(service: string): object[] {
  return ['a.example.com', 'b.example.com'].map((name) =>
    m.httpRoute([{ backendRefs: [m.backend(service)] }], { name, hostnames: [name] }),
  );
}
