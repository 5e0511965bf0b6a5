import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const ref = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'proxy' };
const byService = m.envoyProxy({ routingType: 'Service' });
const shared = [
  m.gatewayClass(),
  m.gateway([m.httpListener()], { infrastructure: { parametersRef: ref } }),
  m.service(),
  m.endpointSlice(['10.0.0.1', '10.0.0.2']),
];
const route = m.httpRoute([
  {
    backendRefs: [m.backend()],
    filters: [{ type: 'RequestMirror', requestMirror: { backendRef: m.backend() } }],
  },
]);

test('with routingType Service, the one endpoint of a backend is the address of its Service', async () => {
  const pipeline = await Pipeline.started([...shared, route, byService]);
  const client = await pipeline.connected();
  expect(client.names('CDS')).toEqual(['default/app/80/http1/service']);
  expect(client.json('EDS', 'default/app/80/service')).toMatchObject({
    endpoints: [
      {
        lbEndpoints: [{ endpoint: { address: { socketAddress: { address: '10.96.0.10', portValue: 80 } } } }],
      },
    ],
  });
  pipeline.apply(m.endpointSlice(['10.0.0.3']));
  await pipeline.settle();
  expect(client.take()).toEqual([]);
});

test('Gateways that differ in it share the Service and not the Cluster', async () => {
  const edge = m.gateway([m.httpListener()], { name: 'edge' });
  const both = m.httpRoute([{ backendRefs: [m.backend()] }], {
    parentRefs: [{ name: 'web' }, { name: 'edge' }],
  });
  const pipeline = await Pipeline.started([...shared, edge, both, byService]);
  expect(pipeline.names('CDS')).toEqual(['default/app/80/http1/service']);
  expect(pipeline.names('CDS', 'default/edge')).toEqual(['default/app/80/http1']);
});

test('a headless Service is reached by its endpoints whatever is said', async () => {
  const headless = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'app', namespace: 'default' },
    spec: { clusterIP: 'None', clusterIPs: ['None'], ports: [{ port: 80 }] },
  };
  const pipeline = await Pipeline.started([...shared, route, byService]);
  const client = await pipeline.connected();
  pipeline.apply(headless);
  await pipeline.drain();
  expect(client.names('CDS')).toEqual(['default/app/80/http1']);
});

test('a change of it makes the new Cluster before the routes use it, and the old one goes after', async () => {
  const pipeline = await Pipeline.started([...shared, route, m.envoyProxy({})]);
  const client = await pipeline.connected();
  pipeline.apply(byService);
  await pipeline.drain();
  expect(client.take()).toEqual([
    'CDS default/app/80/http1/service',
    'EDS default/app/80/service',
    'VHDS default/web/80:*/*',
    'CDS -default/app/80/http1',
  ]);
});
