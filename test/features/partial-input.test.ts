import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { ScheduledPool } from '../rig/pipeline/scheduled-pool.ts';
import { slotLine } from '../rig/xds/slot-line.ts';

// The third of the six failures: https://github.com/envoyproxy/gateway/issues/6284

const manifests = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  m.httpRoute([{ backendRefs: [m.backend()] }]),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
];

test('while the sources are not complete, a reconnecting proxy keeps all it has: nothing is sent, nothing removed', async () => {
  const before = await (await Pipeline.started(manifests)).connected();
  before.close();
  const restarted = new Pipeline();
  const client = restarted.connect({ restore: before });
  for (const manifest of manifests) {
    restarted.apply(manifest);
    await restarted.pass(60_000);
    expect(client.take()).toEqual([]);
  }
  restarted.controller.sourcesComplete();
  await restarted.drain();
  expect(client.take().filter((line) => line.includes('/'))).toEqual([]);
});

test('whatever of the input was read first, the first thing a proxy hears is the whole', async () => {
  for (const last of manifests) {
    const pipeline = new Pipeline();
    const client = pipeline.connect();
    pipeline.apply(...manifests.filter((manifest) => manifest !== last));
    await pipeline.pass(1000);
    pipeline.apply(last);
    pipeline.controller.sourcesComplete();
    await pipeline.settle();
    expect(client.take()).toEqual([
      'CDS default/app/80/http1',
      'EDS default/app/80',
      'LDS default/web/80',
      slotLine,
      'RDS default/web/80:*',
      'VHDS default/web/80:*/*',
    ]);
  }
});

test('a proxy that connects while the first translation is under way hears nothing until all of it is there', async () => {
  const endpoints = new ScheduledPool();
  const pipeline = new Pipeline({ pools: { endpoints } });
  pipeline.apply(...manifests);
  pipeline.controller.sourcesComplete();
  await pipeline.until(() => pipeline.names('LDS').length > 0 && endpoints.waiting > 0);
  const client = pipeline.connect();
  await pipeline.pass(60_000);
  expect(client.take()).toEqual([]);
  endpoints.answer(0);
  await pipeline.settle();
  expect(client.take()).toHaveLength(6);
});

test('a change of several objects is seen by a proxy whole or not at all', async () => {
  const pipeline = await Pipeline.started(manifests);
  const client = await pipeline.connected();
  const names = Array.from({ length: 300 }, (_, i) => `s${i}`);
  pipeline.apply(
    ...names.flatMap((name) => [m.service(name), m.endpointSlice(['10.0.0.2'], { name, service: name })]),
    ...names.map((name) =>
      m.httpRoute([{ matches: [m.prefix(`/${name}`)], backendRefs: [m.backend(name)] }], { name }),
    ),
  );
  await pipeline.settle();
  expect(client.take().filter((line) => /^(RDS|VHDS)/.test(line))).toEqual(['VHDS default/web/80:*/*']);
  expect(client.names('CDS')).toHaveLength(301);
});
