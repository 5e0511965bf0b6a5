import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { AdsServerFixture } from '../rig/xds/ads-server.ts';
import { GrpcStream, grpcClient } from '../rig/xds/grpc-link.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { urlOf } from '../rig/xds/xds-types.ts';
import { fleetOf } from '../../src/units/fleet-key.ts';

test('a connection ends at its age, and the proxy that connects again is sent nothing that it has', async () => {
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([m.httpListener()]),
    m.httpRoute([{ backendRefs: [m.backend()] }]),
    m.service(),
    m.endpointSlice(['10.0.0.1']),
  ]);
  const { fleet } = pipeline.controller;
  const server = new AdsServerFixture(fleet, systemClock, 'off', { maxConnectionAgeMs: 100 });
  const client = grpcClient(await server.listen());
  const node = { id: 'proxy', cluster: 'default/web' };
  const stream = new GrpcStream(client);
  stream.send({ typeUrl: urlOf('CDS'), node });
  await pipeline.until(() => stream.received.length === 1);
  await pipeline.until(() => stream.status !== undefined);
  await pipeline.until(() => fleet.proxies(fleetOf('default/web')) === 0);
  expect(server.refused).toEqual([]);
  const again = new GrpcStream(client);
  const initialVersions = new Map(
    [...(pipeline.controller.view('default/web')?.names(urlOf('CDS')) ?? [])].map((name) => [
      name,
      pipeline.controller.view('default/web')?.get(urlOf('CDS'), name)?.version ?? '',
    ]),
  );
  again.send({ typeUrl: urlOf('CDS'), node, initialVersions });
  await pipeline.until(() => again.received.length === 1);
  expect(again.received[0]?.includes('default/app')).toBe(false);
  again.close();
  await pipeline.close();
  server.close();
});
