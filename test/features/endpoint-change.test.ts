import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const base = [m.gatewayClass(), m.gateway([m.httpListener()])];

function sliceOf(addresses: readonly string[], service = 'app', namespace = 'default'): object {
  return m.endpointSlice(addresses, { name: `${service}-1`, service, namespace });
}

test('an endpoint change sends that ClusterLoadAssignment and nothing else', async () => {
  const pipeline = await Pipeline.started([
    ...base,
    m.httpRoute([{ backendRefs: [m.backend(), m.backend('two')] }]),
    m.service(),
    sliceOf(['10.0.0.1']),
    m.service('two'),
    sliceOf(['10.0.1.1'], 'two'),
  ]);
  const client = await pipeline.connected();
  pipeline.apply(sliceOf(['10.0.0.1', '10.0.0.2']));
  await pipeline.settle();
  expect(client.take()).toEqual(['EDS default/app/80']);
  expect(client.json('EDS', 'default/app/80')).toMatchObject({
    endpoints: [
      {
        lbEndpoints: [
          { endpoint: { address: { socketAddress: { address: '10.0.0.1' } } } },
          { endpoint: { address: { socketAddress: { address: '10.0.0.2' } } } },
        ],
      },
    ],
  });
});

test('the endpoints of a RequestMirror backend are followed like those of any backend', async () => {
  const mirror = { type: 'RequestMirror', requestMirror: { backendRef: m.backend('shadow') } };
  const pipeline = await Pipeline.started([
    ...base,
    m.httpRoute([{ backendRefs: [m.backend()], filters: [mirror] }]),
    m.service(),
    sliceOf(['10.0.0.1']),
    m.service('shadow'),
    sliceOf(['10.0.1.1'], 'shadow'),
  ]);
  const client = await pipeline.connected();
  pipeline.apply(sliceOf(['10.0.1.2'], 'shadow'));
  await pipeline.settle();
  expect(client.take()).toEqual(['EDS default/shadow/80']);
});

test('the endpoints of a mirror on a backendRef are followed', async () => {
  const mirror = { type: 'RequestMirror', requestMirror: { backendRef: m.backend('shadow') } };
  const pipeline = await Pipeline.started([
    ...base,
    m.httpRoute([{ backendRefs: [m.backend('app', { filters: [mirror] })] }]),
    m.service(),
    sliceOf(['10.0.0.1']),
    m.service('shadow'),
    sliceOf(['10.0.1.1'], 'shadow'),
  ]);
  const client = await pipeline.connected();
  pipeline.apply(sliceOf(['10.0.1.2'], 'shadow'));
  await pipeline.settle();
  expect(client.take()).toEqual(['EDS default/shadow/80']);
});

test('a backend of weight 0 gets its share the moment its weight says so, with endpoints as they are then', async () => {
  const pipeline = await Pipeline.started([
    ...base,
    withCanary(0),
    m.service(),
    sliceOf(['10.0.0.1']),
    m.service('canary'),
    sliceOf(['10.0.1.1'], 'canary'),
  ]);
  const client = await pipeline.connected();
  pipeline.apply(sliceOf(['10.0.1.2'], 'canary'));
  await pipeline.settle();
  pipeline.apply(withCanary(1));
  await pipeline.settle();
  expect(client.json('EDS', 'default/canary/80')).toHaveProperty(
    'endpoints[0].lbEndpoints[0].endpoint.address.socketAddress.address',
    '10.0.1.2',
  );
});

test('endpoints in another namespace are followed when a ReferenceGrant lets the route name them', async () => {
  const grant = m.referenceGrant(
    { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'default' },
    { group: '', kind: 'Service' },
    'other',
  );
  const pipeline = await Pipeline.started([
    ...base,
    grant,
    m.httpRoute([{ backendRefs: [m.backend('app', { namespace: 'other' })] }]),
    m.service('app', { namespace: 'other' }),
    sliceOf(['10.0.0.1'], 'app', 'other'),
  ]);
  const client = await pipeline.connected();
  pipeline.apply(sliceOf(['10.0.0.2'], 'app', 'other'));
  await pipeline.settle();
  expect(client.take()).toEqual(['EDS other/app/80']);
});

test('the last endpoint going leaves an empty ClusterLoadAssignment, never a missing one', async () => {
  const pipeline = await Pipeline.started([
    ...base,
    m.httpRoute([{ backendRefs: [m.backend()] }]),
    m.service(),
    sliceOf(['10.0.0.1']),
  ]);
  const client = await pipeline.connected();
  pipeline.delete(sliceOf([]));
  await pipeline.settle();
  expect(client.take()).toEqual(['EDS default/app/80']);
  expect(client.json('EDS', 'default/app/80')).toEqual({ clusterName: 'default/app/80' });
});

test('a slice of a Service that no route names sends nothing', async () => {
  const pipeline = await Pipeline.started([
    ...base,
    m.httpRoute([{ backendRefs: [m.backend()] }]),
    m.service(),
    sliceOf(['10.0.0.1']),
    m.service('idle'),
  ]);
  const client = await pipeline.connected();
  pipeline.apply(sliceOf(['10.0.9.1'], 'idle'));
  await pipeline.drain();
  expect(client.take()).toEqual([]);
});

test('a slice that moves to another Service changes both', async () => {
  const pipeline = await Pipeline.started([
    ...base,
    m.httpRoute([{ backendRefs: [m.backend(), m.backend('two')] }]),
    m.service(),
    m.service('two'),
    m.endpointSlice(['10.0.0.1'], { name: 'moving' }),
  ]);
  const client = await pipeline.connected();
  pipeline.apply(m.endpointSlice(['10.0.0.1'], { name: 'moving', service: 'two' }));
  await pipeline.settle();
  expect(
    client
      .take()
      .join(' ')
      .match(/default\/\w+\/80/g)
      ?.sort(),
  ).toEqual(['default/app/80', 'default/two/80']);
});

function withCanary(weight: number): object {
  return m.httpRoute([{ backendRefs: [m.backend(), m.backend('canary', { weight })] }]);
}
