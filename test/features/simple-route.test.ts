import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { slotLine } from '../rig/xds/slot-line.ts';

const simple = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  m.httpRoute([{ backendRefs: [m.backend()] }]),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
];

test('a new proxy gets clusters, their endpoints, the listener and its routes, in this order', async () => {
  const pipeline = await Pipeline.started(simple);
  const client = pipeline.connect();
  await pipeline.settle();
  expect(client.take()).toEqual([
    'CDS default/app/80/http1',
    'EDS default/app/80',
    'LDS default/web/80',
    slotLine,
    'RDS default/web/80:*',
    'VHDS default/web/80:*/*',
  ]);
});

test('what a proxy has is what the manifests say', async () => {
  const pipeline = await Pipeline.started(simple);
  const client = await pipeline.connected();
  expect(client.routes('default/web/80:*')).toMatchObject({
    name: 'default/web/80:*',
    virtualHosts: [
      { domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'default/app/80/http1' } }] },
    ],
  });
  expect(client.json('EDS', 'default/app/80')).toMatchObject({
    endpoints: [
      {
        lbEndpoints: [{ endpoint: { address: { socketAddress: { address: '10.0.0.1', portValue: 8080 } } } }],
      },
    ],
  });
  expect(client.json('LDS', 'default/web/80')).toMatchObject({
    address: { socketAddress: { portValue: 80 } },
  });
});

test('a route is accepted, and its listener counts it', async () => {
  const pipeline = await Pipeline.started(simple);
  expect(pipeline.routeConditions()).toMatchObject({
    Accepted: { status: 'True', reason: 'Accepted' },
    ResolvedRefs: { status: 'True', reason: 'ResolvedRefs' },
  });
  expect(pipeline.controller.reports.attached('Gateway/default/web/http')).toBe(1);
});

test('a proxy that connects before the sources are complete hears nothing until they are', async () => {
  const pipeline = new Pipeline();
  pipeline.apply(...simple);
  const client = pipeline.connect();
  await pipeline.pass(60_000);
  expect(client.take()).toEqual([]);
  pipeline.controller.sourcesComplete();
  await pipeline.settle();
  expect(client.names('RDS')).toEqual(['default/web/80:*']);
});
