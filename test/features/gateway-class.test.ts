import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const foreign = { ...m.gatewayClass(), spec: { controllerName: 'other.dev/controller' } };
const rest = [
  m.gateway([m.httpListener()]),
  m.httpRoute([{ backendRefs: [m.backend()] }]),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
];

test('a Gateway of a class that is not ours is nothing to us: no resource, no status', async () => {
  const pipeline = await Pipeline.started([foreign, ...rest]);
  expect(pipeline.controller.gateways()).toEqual([]);
  expect([...pipeline.controller.reports.objects()]).toEqual([]);
});

test('a proxy of a Gateway that is not ours hears nothing', async () => {
  const pipeline = await Pipeline.started([foreign, ...rest]);
  const client = pipeline.connect();
  await pipeline.quiet();
  pipeline.apply(m.endpointSlice(['10.0.0.2']), m.gateway([m.httpListener({ port: 8080 })]));
  await pipeline.drain();
  expect(client.log).toEqual([]);
});

test('a Gateway without its class waits, and is served once the class is there', async () => {
  const pipeline = await Pipeline.started(rest);
  const client = await pipeline.connected();
  pipeline.apply(m.gatewayClass());
  await pipeline.settle();
  expect(client.names('RDS')).toEqual(['default/web/80:*']);
  expect(client.take().at(-1)).toBe('VHDS default/web/80:*/*');
  expect(pipeline.status('GatewayClass', 'sluice', '')).toMatchObject({
    conditions: [{ type: 'Accepted', status: 'True' }],
  });
});

test('a class that goes to another controller takes its Gateways along', async () => {
  const pipeline = await Pipeline.started([m.gatewayClass(), ...rest]);
  const client = await pipeline.connected();
  pipeline.apply(foreign);
  await pipeline.drain();
  expect([client.names('LDS'), client.names('CDS')]).toEqual([[], []]);
  expect([...pipeline.controller.reports.objects()]).toEqual([]);
});

test('a change of our own controllerName takes effect while running', async () => {
  const pipeline = await Pipeline.started([foreign, ...rest]);
  const client = await pipeline.connected();
  pipeline.setSettings({ controllerName: 'other.dev/controller' });
  await pipeline.settle();
  expect(client.names('LDS')).toEqual(['default/web/80']);
});
