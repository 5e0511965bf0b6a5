import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const names = Array.from({ length: 10 }, (_, i) => `s${i}`);
const slice = (name: string, address: string) => m.endpointSlice([address], { name, service: name });
const manifests = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  ...names.flatMap((name) => [m.service(name), slice(name, '10.0.0.1')]),
  m.httpRoute(names.map((name) => ({ matches: [m.prefix(`/${name}`)], backendRefs: [m.backend(name)] }))),
];

test('a thousand endpoint events of ten Services are a handful of responses, the last with the last addresses', async () => {
  const pipeline = await Pipeline.started(manifests);
  const client = await pipeline.connected();
  for (let i = 0; i < 1000; i++) pipeline.apply(slice(names[i % 10] ?? '', `10.1.${i % 250}.1`));
  await pipeline.settle();
  const responses = client.take();
  expect(responses.length).toBeLessThanOrEqual(2);
  expect(responses.every((line) => line.startsWith('EDS'))).toBe(true);
  expect(client.json('EDS', 'default/s9/80')).toHaveProperty(
    'endpoints[0].lbEndpoints[0].endpoint.address.socketAddress.address',
    `10.1.${999 % 250}.1`,
  );
});

test('what waits is names: a thousand events leave ten units to be translated', async () => {
  const pipeline = await Pipeline.started(manifests);
  for (let i = 0; i < 1000; i++) pipeline.apply(slice(names[i % 10] ?? '', `10.1.${i % 250}.1`));
  expect(pipeline.controller.backlog).toBe(10);
  await pipeline.settle();
});

test('endpoints that change and change back before they are looked at send nothing', async () => {
  const pipeline = await Pipeline.started(manifests);
  const client = await pipeline.connected();
  pipeline.apply(slice('s0', '10.9.9.9'));
  pipeline.apply(slice('s0', '10.0.0.1'));
  await pipeline.settle();
  expect(client.take()).toEqual([]);
});
