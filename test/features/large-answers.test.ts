import { expect, test } from 'vitest';
import { DeltaDiscoveryResponse } from '../../proto/gen/envoy/service/discovery/v3/discovery.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { fleetHooks } from '../../src/observe/fleet-hooks.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { Fleet } from '../../src/xds/fleet.ts';
import { AdsServerFixture } from '../rig/xds/ads-server.ts';
import { GrpcStream } from '../rig/xds/grpc-link.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { ManualClock } from '../rig/pipeline/manual-clock.ts';
import { SilentLog } from '../rig/pipeline/silent-log.ts';
import { StreamFixture } from '../rig/xds/stream.ts';
import { urlOf } from '../rig/xds/xds-types.ts';

const names = Array.from({ length: 16 }, (_, i) => `s${String(i).padStart(2, '0')}`);
const manifests = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  ...names.flatMap((name) => [m.service(name), m.endpointSlice(['10.0.0.1'], { name, service: name })]),
  m.httpRoute(names.map((name) => ({ matches: [m.prefix(`/${name}`)], backendRefs: [m.backend(name)] }))),
];

test('a large first answer comes in parts, the next with the ACK of the one before, and routes after the last', async () => {
  const pipeline = await Pipeline.started(manifests, { stream: { maxResources: 5 } });
  const client = pipeline.connect();
  await pipeline.settle();
  const lines = client.take();
  const clusters = lines.filter((line) => line.startsWith('CDS'));
  expect(clusters.map((line) => line.split(' ').length - 1)).toEqual([5, 5, 5, 1]);
  expect(lines.findIndex((line) => line.startsWith('RDS'))).toBeGreaterThan(
    lines.indexOf(clusters.at(-1) ?? ''),
  );
});

test('a resource that is larger than a whole answer may be goes alone', async () => {
  const pipeline = await Pipeline.started(manifests, { stream: { maxBytes: 10 } });
  const client = pipeline.connect();
  await pipeline.settle();
  expect(client.take().filter((line) => line.startsWith('CDS'))).toHaveLength(names.length);
});

test('a resource of 20 MiB is whole at the other end, and its neighbours come in answers of their own', async () => {
  const fixture = new StreamFixture();
  for (const name of ['a', 'b', 'c'])
    fixture.put('CDS', name, name.repeat(name === 'b' ? 20 * 1024 * 1024 : 1));
  const options = {
    holdMs: 2000,
    drainMs: 1000,
    maxResources: 1000,
    maxBytes: 4 * 1024 * 1024,
    controlPlane: 'test',
  };
  const hooks = {
    ...fleetHooks(new SilentLog(), createMetrics(), new ManualClock()),
    onListenersAcked: () => {},
    onVerdict: () => {},
  };
  const fleet = new Fleet(options, systemClock, hooks, () => fixture.view);
  const server = new AdsServerFixture(fleet, systemClock, 'off');
  const port = await server.listen();
  const brought: (readonly (readonly [string, number])[])[] = [];
  const { promise: whole, resolve } = Promise.withResolvers<void>();
  const stream: GrpcStream = new GrpcStream(port, (message) => {
    const { nonce = '', resources = [] } = DeltaDiscoveryResponse.decode(message);
    brought.push(resources.map(({ name = '', resource }) => [name, resource?.value?.length ?? 0]));
    stream.send({ typeUrl: urlOf('CDS'), nonce });
    if (brought.length === 3) resolve();
  });
  stream.send({ typeUrl: urlOf('CDS'), node: { id: 'proxy', cluster: 'default/web' } });
  await whole;
  expect(brought).toEqual([[['a', 1]], [['b', 20 * 1024 * 1024]], [['c', 1]]]);
  stream.close();
  server.close();
});
