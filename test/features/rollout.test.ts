import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { ScheduledPool } from '../rig/pipeline/scheduled-pool.ts';

// The fourth of the six failures: https://github.com/envoyproxy/gateway/issues/5326

const names = Array.from({ length: 100 }, (_, i) => `s${i}`);
const slice = (name: string, address: string) => m.endpointSlice([address], { name, service: name });
const route = (name: string, path: string) =>
  m.httpRoute([{ matches: [m.prefix(path)], backendRefs: [m.backend(name)] }], { name });
const manifests = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  ...names.flatMap((name) => [m.service(name), slice(name, '10.0.0.1'), route(name, `/${name}`)]),
];

async function stuckPipeline(): Promise<{ pipeline: Pipeline; workers: ScheduledPool }> {
  const workers = new ScheduledPool();
  const pipeline = new Pipeline({ pools: { config: workers } });
  pipeline.apply(...manifests);
  pipeline.controller.sourcesComplete();
  while (pipeline.controller.backlog > 0) {
    workers.answer(0);
    await pipeline.pass(1);
  }
  await pipeline.settle();
  return { pipeline, workers };
}

test('while every config worker is stuck, a rollout of a hundred Services reaches the proxies', async () => {
  const { pipeline, workers } = await stuckPipeline();
  const client = await pipeline.connected();
  pipeline.apply(route('s0', '/elsewhere'));
  await pipeline.until(() => workers.waiting > 0);
  for (const name of names) pipeline.apply(slice(name, '10.0.0.2'));
  await pipeline.pass(1);
  await pipeline.until(() => client.log.length > 0);
  await pipeline.pass(1);
  expect(client.take().every((line) => line.startsWith('EDS'))).toBe(true);
  for (const name of names) {
    expect(client.json('EDS', `default/${name}/80`)).toHaveProperty(
      'endpoints[0].lbEndpoints[0].endpoint.address.socketAddress.address',
      '10.0.0.2',
    );
  }
  while (pipeline.controller.backlog > 0) {
    workers.answer(0);
    await pipeline.pass(1);
  }
  await pipeline.settle();
  expect(client.take()).toEqual(['VHDS default/web/80:*/*']);
});

test('one batch that gets no answer holds the others of its wave for the time of a hold, and then no longer', async () => {
  const workers = new ScheduledPool();
  const pipeline = new Pipeline({ pools: { config: workers }, lanes: { batchSize: 1, parallel: 2 } });
  pipeline.apply(...manifests.slice(0, 11));
  pipeline.controller.sourcesComplete();
  while (pipeline.controller.backlog > 0) {
    workers.answer(0);
    await pipeline.pass(1);
  }
  const client = await pipeline.connected();
  pipeline.apply(
    m.httpRoute([{ backendRefs: [m.backend('s0')] }], { name: 'stuck', hostnames: ['stuck.example.com'] }),
    m.httpRoute([{ backendRefs: [m.backend('s1')] }], { name: 'fine', hostnames: ['fine.example.com'] }),
  );
  // Units that find the policies of the two routes go first.
  await pipeline.until(() => workers.waiting === 2);
  for (let i = 0; i < 2; i++) workers.answer(0);
  await pipeline.until(() => workers.waiting === 2);
  // One worker keeps a route at the Gateway; the other does the second one, and the reports, which are another wave.
  for (let i = 0; i < 3; i++) {
    workers.answer(1);
    await pipeline.pass(1);
  }
  expect(client.take()).toEqual([]);
  await pipeline.pass(2000);
  expect(client.take()).toEqual(['VHDS default/web/80:*/fine.example.com']);
  workers.answer(0);
  await pipeline.pass(1);
  await pipeline.settle();
  const { virtualHosts } = client.routes('default/web/80:*') as { virtualHosts: { domains: string[] }[] };
  expect(virtualHosts.flatMap(({ domains }) => domains)).toEqual([
    '*',
    'fine.example.com',
    'stuck.example.com',
  ]);
});
