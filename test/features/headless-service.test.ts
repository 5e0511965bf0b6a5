import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

// Beside the first of the six failures: https://github.com/envoyproxy/gateway/issues/6142

const headless = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'app', namespace: 'default' },
  spec: { clusterIP: 'None', clusterIPs: ['None'], ports: [{ name: 'web', port: 80, targetPort: 3000 }] },
};

test('a headless Service is a backend like any other, by its slices', async () => {
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([m.httpListener()]),
    headless,
    m.endpointSlice(['10.0.0.1'], { port: 3000, portName: 'web' }),
    m.httpRoute([{ backendRefs: [m.backend()] }]),
  ]);
  const client = await pipeline.connected();
  expect(client.json('EDS', 'default/app/80')).toHaveProperty(
    'endpoints[0].lbEndpoints[0].endpoint.address.socketAddress',
    { address: '10.0.0.1', portValue: 3000 },
  );
  expect(pipeline.routeConditions()['ResolvedRefs']).toMatchObject({ status: 'True' });
});

test('a Service that becomes headless changes nothing for a proxy, and None is in no status', async () => {
  const slice = m.endpointSlice(['10.0.0.1'], { port: 3000, portName: 'web' });
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([m.httpListener()]),
    slice,
    m.service('app', { port: { name: 'web' } }),
    m.httpRoute([{ backendRefs: [m.backend()] }]),
  ]);
  const client = await pipeline.connected();
  pipeline.apply(headless);
  await pipeline.drain();
  expect(client.take()).toEqual([]);
  for (const object of pipeline.controller.reports.objects()) {
    expect(pipeline.controller.reports.status(object)).not.toContain('"None"');
  }
});
