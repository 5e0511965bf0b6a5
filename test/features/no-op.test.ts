import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const route = m.httpRoute([{ backendRefs: [m.backend()] }]);
const manifests = [
  m.gatewayClass(),
  m.gateway([m.httpListener(), m.httpListener({ name: 'two', port: 8080 })]),
  route,
  m.service(),
  m.endpointSlice(['10.0.0.1', '10.0.0.2']),
];

const edits: readonly [string, object][] = [
  ['labels and annotations', withMetadata(route, { labels: { team: 'x' }, annotations: { note: 'y' } })],
  ['resourceVersion and managedFields', withMetadata(route, { resourceVersion: '77', managedFields: [{}] })],
  ['status', { ...route, status: { parents: [] } }],
  ['a Service label', withMetadata(m.service(), { labels: { app: 'x' } })],
  ['the order of endpoints', m.endpointSlice(['10.0.0.2', '10.0.0.1'])],
  ['an endpoint that is there twice', m.endpointSlice(['10.0.0.1', '10.0.0.2', '10.0.0.1'])],
  [
    'defaults that are spelled out',
    m.httpRoute([{ backendRefs: [m.backend('app', { weight: 1, group: '', kind: 'Service' })] }]),
  ],
  ['the order of listeners', m.gateway([m.httpListener({ name: 'two', port: 8080 }), m.httpListener()])],
  ['a second slice with the same endpoints', m.endpointSlice(['10.0.0.1', '10.0.0.2'], { name: 'app-2' })],
  ['a Service that nothing names', m.service('idle')],
  ['a ConfigMap', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { a: 'b' } }],
];

test.each(edits)('a change of %s sends nothing', async (_, manifest) => {
  const pipeline = await Pipeline.started(manifests);
  const client = await pipeline.connected();
  pipeline.apply(manifest);
  await pipeline.drain();
  expect(client.take()).toEqual([]);
});

test('every object applied once more sends nothing and translates nothing', async () => {
  const pipeline = await Pipeline.started(manifests);
  const client = await pipeline.connected();
  pipeline.apply(...manifests);
  expect(pipeline.controller.backlog).toBe(0);
  await pipeline.drain();
  expect(client.take()).toEqual([]);
});

function withMetadata(manifest: object, fields: object): object {
  const { metadata } = manifest as { metadata: object };
  return { ...manifest, metadata: { ...metadata, ...fields } };
}
