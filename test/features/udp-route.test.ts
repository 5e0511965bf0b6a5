import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { attachedRoutes, conditionsOf } from '../rig/pipeline/statuses.ts';

const udp = { name: 'udp', port: 53, protocol: 'UDP' };
const port = { port: 53, protocol: 'UDP' };
const app = [m.service('app', { port }), m.endpointSlice(['10.0.0.1'], { port: 5353 })];
const other = [
  m.service('other', { port }),
  m.endpointSlice(['10.0.0.2'], { name: 'other-1', service: 'other', port: 5353 }),
];
const cluster = 'udp:default/web/53';

function to(name: string, weight = 1): object {
  return { name, port: 53, weight };
}

function started(...manifests: object[]): Promise<Pipeline> {
  return Pipeline.started([m.gatewayClass(), m.gateway([udp]), ...app, ...other, ...manifests]);
}

test('a UDPRoute shares the datagrams of its port by the weights of localities', async () => {
  const pipeline = await started(m.udpRoute([to('app', 7), to('other', 3)]));
  const client = await pipeline.connected();
  expect(client.json('LDS', 'default/web/53/udp')).toMatchObject({
    address: { socketAddress: { protocol: 'UDP', portValue: 53 } },
    udpListenerConfig: {},
  });
  expect(JSON.stringify(client.json('LDS', 'default/web/53/udp'))).toContain(cluster);
  expect(client.json('CDS', cluster)).toMatchObject({
    altStatName: 'default/web/53/udp',
    commonLbConfig: { localityWeightedLbConfig: {} },
  });
  const [endpoints = ''] = client.names('EDS');
  expect(endpoints).toBe('default/udp:3@default/other/53+7@default/app/53');
  expect(client.json('EDS', endpoints)).toMatchObject({
    endpoints: [
      { loadBalancingWeight: 3, locality: { subZone: 'default/other/53' } },
      { loadBalancingWeight: 7, locality: { subZone: 'default/app/53' } },
    ],
  });
  expect(conditionsOf(pipeline, 'UDPRoute', 'route')).toEqual({
    Accepted: 'True/Accepted',
    ResolvedRefs: 'True/ResolvedRefs',
  });
});

test('an endpoint changes one assignment; another backend changes the Cluster and no Listener', async () => {
  const pipeline = await started(m.udpRoute([to('app')]));
  const client = await pipeline.connected();
  pipeline.apply(m.endpointSlice(['10.0.0.1', '10.0.0.3'], { port: 5353 }));
  await pipeline.settle();
  expect(client.take()).toEqual(['EDS default/udp:1@default/app/53']);
  pipeline.apply(m.udpRoute([to('other')]));
  await pipeline.drain();
  expect(client.take()).toEqual([`CDS ${cluster}`, 'EDS default/udp:1@default/other/53']);
});

test('a Service without the UDP port is no backend', async () => {
  const pipeline = await started(m.service('tcp', { port: { port: 53 } }), m.udpRoute([to('tcp')]));
  const client = await pipeline.connected();
  expect(conditionsOf(pipeline, 'UDPRoute', 'route')).toMatchObject({
    ResolvedRefs: 'False/BackendNotFound',
  });
  expect(client.names('EDS')).toEqual(['default/udp:1@']);
});

test('TCP and UDP listeners have one port, and an event of one is none of the other', async () => {
  const tcp = { name: 'tcp', port: 53, protocol: 'TCP' };
  const pipeline = await started(m.gateway([udp, tcp]), m.udpRoute([to('app')]), m.service('web'));
  const client = await pipeline.connected();
  expect(client.names('LDS')).toEqual(['default/web/53', 'default/web/53/udp']);
  pipeline.apply(m.tcpRoute([m.backend('web')]));
  await pipeline.drain();
  expect(client.take().filter((line) => line.includes('udp'))).toEqual([]);
  expect(attachedRoutes(pipeline)).toEqual({ udp: 1, tcp: 1 });
});

test('the oldest of several routes has the port', async () => {
  const older = m.udpRoute([to('app')], { name: 'z', creationTimestamp: '2026-01-01T00:00:00Z' });
  const newer = m.udpRoute([to('other')], { name: 'a', creationTimestamp: '2026-02-01T00:00:00Z' });
  const pipeline = await started(older, newer);
  const client = await pipeline.connected();
  expect(client.names('EDS')).toEqual(['default/udp:1@default/app/53']);
  expect(attachedRoutes(pipeline)).toEqual({ udp: 2 });
});
