import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DeltaDiscoveryResponse } from '../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { AdsServerFixture } from '../rig/xds/ads-server.ts';
import { GrpcStream, overGrpc } from '../rig/xds/grpc-link.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { urlOf } from '../rig/xds/xds-types.ts';
import { fleetOf } from '../../src/units/fleet-key.ts';
import { slotLine } from '../rig/xds/slot-line.ts';

const node = { id: 'proxy', cluster: 'default/web' };
const manifests = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  m.httpRoute([{ backendRefs: [m.backend()] }]),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
];
let pipeline: Pipeline;
let server: AdsServerFixture;
let port: number;
let streams: GrpcStream[];

beforeEach(async () => {
  streams = [];
  pipeline = await Pipeline.started(manifests);
  server = new AdsServerFixture(pipeline.controller.fleet, systemClock, 'off');
  port = await server.listen();
});

afterEach(async () => {
  for (const stream of streams) stream.close();
  await pipeline.close();
  server.close();
});

function open(): GrpcStream {
  const stream = new GrpcStream(port);
  streams.push(stream);
  return stream;
}

test('over gRPC a proxy gets what it gets without, in the same order', async () => {
  const client = pipeline.connect({}, overGrpc(port));
  await pipeline.until(() => client.names('VHDS').length > 0);
  expect(client.take()).toEqual([
    'CDS default/app/80/http1',
    'EDS default/app/80',
    'LDS default/web/80',
    slotLine,
    'RDS default/web/80:*',
    'VHDS default/web/80:*/*',
  ]);
  pipeline.apply(m.endpointSlice(['10.0.0.2']));
  await pipeline.until(() => client.log.length > 0);
  await pipeline.settle();
  expect(client.take()).toEqual(['EDS default/app/80']);
});

test.each([
  ['no node', { typeUrl: urlOf('CDS') }, 'node.id'],
  ['a node without an id', { typeUrl: urlOf('CDS'), node: { id: '', cluster: 'default/web' } }, 'node.id'],
  ['a node without a cluster', { typeUrl: urlOf('CDS'), node: { id: 'p', cluster: '' } }, 'node.cluster'],
  ['no type URL', { node }, 'type_url'],
])(
  'a first message with %s ends the stream with INVALID_ARGUMENT and says what is missing',
  async (_, request, words) => {
    const stream = open();
    stream.send(request);
    await pipeline.until(() => stream.status !== undefined);
    expect(stream.status?.code).toBe(status.INVALID_ARGUMENT);
    expect(stream.status?.details).toContain(words);
    expect(server.refused.map(({ reason }) => reason)).toEqual(['request']);
  },
);

test('a proxy whose stream cannot be opened or closed costs the next one nothing', async () => {
  const error = new Error('broken');
  const { fleet } = pipeline.controller;
  const connect = fleet.connect.bind(fleet);
  let opened = 0;
  vi.spyOn(fleet, 'connect').mockImplementation((...client) => {
    if (opened++ === 0) throw error;
    const connection = connect(...client);
    const close = connection.close.bind(connection);
    connection.close = () => {
      close();
      throw error;
    };
    return connection;
  });
  const first = open();
  first.send({ typeUrl: urlOf('CDS'), node });
  await pipeline.until(() => first.status !== undefined);
  expect(first.status?.code).toBe(status.INTERNAL);
  expect(server.refused.map(({ reason }) => reason)).toEqual(['bug']);
  const second = open();
  second.send({ typeUrl: urlOf('CDS'), node });
  await pipeline.until(() => second.received.length > 0);
  second.close();
  await pipeline.until(() => server.faults.length > 0);
  expect(server.faults).toEqual([error]);
  const third = open();
  third.send({ typeUrl: urlOf('CDS'), node });
  await pipeline.until(() => third.received.length > 0);
});

test('bytes that are no message end their own stream and no other', async () => {
  const client = pipeline.connect({}, overGrpc(port));
  await pipeline.until(() => client.names('VHDS').length > 0);
  const stream = open();
  stream.write(Buffer.from('ffffffffffffffffffffff', 'hex'));
  await pipeline.until(() => stream.status !== undefined);
  expect(stream.status?.code).toBe(status.INVALID_ARGUMENT);
  client.take();
  pipeline.apply(m.endpointSlice(['10.0.0.3']));
  await pipeline.until(() => client.log.length > 0);
  expect(client.take()).toEqual(['EDS default/app/80']);
});

test('the node is asked for once: later messages need none, and another one there changes nothing', async () => {
  const stream = open();
  stream.send({ typeUrl: urlOf('CDS'), node });
  await pipeline.until(() => stream.received.length === 1);
  stream.send({
    typeUrl: urlOf('EDS'),
    subscribe: ['default/app/80'],
    node: { id: 'x', cluster: 'other/gateway' },
  });
  await pipeline.until(() => stream.received.length === 2);
  expect(stream.status).toBeUndefined();
});

test('a response says who sent it', async () => {
  const stream = open();
  stream.send({ typeUrl: urlOf('CDS'), node });
  await pipeline.until(() => stream.received.length === 1);
  const { controlPlane } = DeltaDiscoveryResponse.decode(stream.received[0] ?? Buffer.of());
  expect(controlPlane?.identifier).toBe('sluice test');
});

test('a first message with the versions of 100,000 resources is read', async () => {
  const initialVersions = new Map(
    Array.from({ length: 100_000 }, (_, i) => [
      `a-namespace-of-some-length/service-${i}/80/http1`,
      'v'.repeat(22),
    ]),
  );
  const stream = open();
  stream.send({ typeUrl: urlOf('CDS'), node, initialVersions });
  await pipeline.until(() => stream.received.length > 0 || stream.status !== undefined);
  expect(stream.status).toBeUndefined();
});

test('a message that is too large ends its own stream with RESOURCE_EXHAUSTED', async () => {
  const stream = open();
  // Unknown endpoints get no answer, so nothing large comes back either.
  stream.send({ typeUrl: urlOf('EDS'), node, subscribe: ['x'.repeat(33 * 1024 * 1024)] });
  await pipeline.until(() => stream.status !== undefined);
  expect(stream.status?.code).toBe(status.RESOURCE_EXHAUSTED);
});

test.each(['envoy.service.runtime.v3.Runtime', 'envoy.config.endpoint.v3.LbEndpoint', '__proto__'])(
  '%s is not served, and asking for it costs nothing',
  async (type) => {
    const stream = open();
    stream.send({ typeUrl: `type.googleapis.com/${type}`, node, subscribe: ['*', 'a'] });
    stream.send({ typeUrl: urlOf('CDS') });
    await pipeline.until(() => stream.received.length > 0);
    stream.send({ typeUrl: urlOf('EDS'), subscribe: ['default/app/80'] });
    await pipeline.until(() => stream.received.length === 2);
    expect(stream.status).toBeUndefined();
  },
);

test.each([
  'envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources',
  'envoy.service.cluster.v3.ClusterDiscoveryService/DeltaClusters',
  'envoy.service.cluster.v3.ClusterDiscoveryService/FetchClusters',
  'envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets',
  'grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
])('there is one way to the config, and %s is none', async (method) => {
  const stream = new GrpcStream(port, undefined, `/${method}`);
  streams.push(stream);
  stream.send({ typeUrl: urlOf('CDS'), node });
  await pipeline.until(() => stream.status !== undefined);
  expect(stream.status?.code).toBe(status.UNIMPLEMENTED);
  expect(stream.received).toEqual([]);
});

test('two streams with one node id are two proxies: the end of one is nothing to the other', async () => {
  const [first, second] = [open(), open()];
  for (const stream of [first, second]) stream.send({ typeUrl: urlOf('CDS'), node });
  await pipeline.until(() => first.received.length === 1 && second.received.length === 1);
  expect(pipeline.controller.fleet.proxies(fleetOf('default/web'))).toBe(2);
  first.close();
  await pipeline.until(() => pipeline.controller.fleet.proxies(fleetOf('default/web')) === 1);
  second.send({ typeUrl: urlOf('EDS'), subscribe: ['default/app/80'] });
  await pipeline.until(() => second.received.length === 2);
});

test('a proxy that reconnects over gRPC and says what it has is sent nothing', async () => {
  const before = pipeline.connect({}, overGrpc(port));
  await pipeline.until(() => before.names('VHDS').length > 0);
  before.close();
  const client = pipeline.connect({ restore: before }, overGrpc(port));
  await pipeline.until(() => client.log.includes('CDS') && client.log.includes('LDS'));
  pipeline.apply(m.endpointSlice(['10.0.0.4']));
  await pipeline.until(() => client.log.some((line) => line.includes('/')));
  expect(client.take()).toEqual(['CDS', 'LDS', 'VHDS', 'EDS default/app/80']);
});

test('a server that closes ends its streams, and proxies keep what they have', async () => {
  const client = pipeline.connect({}, overGrpc(port));
  await pipeline.until(() => client.names('VHDS').length > 0);
  server.close();
  await pipeline.until(() => pipeline.controller.fleet.proxies(fleetOf('default/web')) === 0);
  expect(client.names('CDS')).toEqual(['default/app/80/http1']);
});
