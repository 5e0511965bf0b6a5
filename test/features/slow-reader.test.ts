import { afterEach, beforeEach, expect, test } from 'vitest';
import { DeltaDiscoveryRequest } from '../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import { AdsServerFixture } from '../rig/xds/ads-server.ts';
import { GrpcStream, overGrpc } from '../rig/xds/grpc-link.ts';
import { ManualClock } from '../rig/pipeline/manual-clock.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { grpcMessage } from '../rig/xds/http2-call.ts';
import { LightClient } from '../rig/xds/light-client.ts';
import { urlOf } from '../rig/xds/xds-types.ts';
import { fleetOf } from '../../src/units/fleet-key.ts';

const node = { id: 'proxy', cluster: 'default/web' };
const name = 'default/app/80';

/** More than a client's first window, 64 KiB. */
const many = Array.from({ length: 8 }, (_, slice) =>
  m.endpointSlice(
    Array.from({ length: 1000 }, (__, i) => `10.${slice + 1}.${i >> 8}.${i & 255}`),
    { name: `many-${slice}` },
  ),
);

let clock: ManualClock;
let pipeline: Pipeline;
let server: AdsServerFixture;
let port: number;
let streams: GrpcStream[];
let ended: number;

beforeEach(async () => {
  streams = [];
  ended = 0;
  clock = new ManualClock();
  pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([m.httpListener()]),
    m.httpRoute([{ backendRefs: [m.backend()] }]),
    m.service(),
    m.endpointSlice(['10.0.0.1']),
  ]);
  server = new AdsServerFixture(pipeline.controller.fleet, clock, 'off');
  port = await server.listen();
});

afterEach(async () => {
  for (const stream of streams) stream.close();
  await pipeline.close();
  server.close();
});

/** Asks for everything, and reads no byte beyond its window. */
function mute(): LightClient {
  const request = { typeUrl: urlOf('EDS'), resourceNamesSubscribe: [name] };
  const endpoints = grpcMessage(DeltaDiscoveryRequest.encode(request).finish());
  const fleet = { port, gateway: node.cluster, tls: undefined, endpoints, clusters: 1 };
  return new LightClient('mute', fleet, false, { onReady() {}, onEndpoints() {}, onEnd: () => ended++ });
}

test('a client that does not read loses its connection after a minute, and the others notice nothing', async () => {
  pipeline.apply(...many);
  const fast = pipeline.connect({}, overGrpc(port));
  await pipeline.until(() => fast.names('VHDS').length > 0);
  const client = mute();
  await pipeline.until(() => pipeline.controller.fleet.proxies(fleetOf(node.cluster)) === 2);
  await pipeline.quiet();
  await clock.advanceBy(50_000);
  expect(server.refused).toEqual([]);
  fast.take();
  pipeline.apply(m.endpointSlice(['10.0.0.2']));
  await pipeline.until(() => fast.log.length > 0);
  await clock.advanceBy(30_000);
  expect(server.refused).toEqual([
    {
      reason: 'stalled',
      details: expect.stringMatching(/^proxy "mute" of "default\/web" took nothing of \d+ bytes for \d+ s$/),
    },
  ]);
  await pipeline.until(() => ended === 1);
  expect(pipeline.controller.fleet.proxies(fleetOf(node.cluster))).toBe(1);
  fast.take();
  pipeline.apply(m.endpointSlice(['10.0.0.3']));
  await pipeline.until(() => fast.log.length > 0);
  expect(fast.take()).toEqual([`EDS ${name}`]);
  client.close();
});

test('a client that reads and does not answer keeps its connection', async () => {
  const stream = new GrpcStream(port);
  streams.push(stream);
  stream.send({ typeUrl: urlOf('EDS'), node, subscribe: [name] });
  await pipeline.until(() => stream.received.length === 1);
  await clock.advanceBy(600_000);
  expect(server.refused).toEqual([]);
  expect(pipeline.controller.fleet.proxies(fleetOf('default/web'))).toBe(1);
});
