import { afterAll, beforeAll, expect, test } from 'vitest';
import { backend, endpointSlice, httpRoute, service } from '../rig/objects/manifests.ts';
import { converge } from '../rig/envoy/converge.ts';
import type { EchoBackend } from '../rig/envoy/echo-backend.ts';
import { Bed, hostOf, toService } from '../rig/envoy/envoy-rig.ts';
import { OpenLoop } from '../rig/load/open-loop.ts';

let bed: Bed;

beforeAll(async () => {
  bed = await Bed.start({ mode: 'threads', concurrency: 2 });
});

afterAll(() => bed.close());

test('a rollout replaces every endpoint, one by one, and each old one ends when the proxy has let go of it', async () => {
  let pods: EchoBackend[] = [];
  for (let i = 0; i < 3; i++) pods.push(await bed.server(`pod-${i}`));
  bed.apply([service('app')]);
  bed.pointAt('app', pods);
  await bed.serve('app', [toService('app')]);
  const load = new OpenLoop({ port: bed.port, host: hostOf('app'), perSecond: 300 });
  await converge(() => load.good >= 20);
  for (let i = 3; i < 15; i++) {
    const [old, ...kept] = pods;
    pods = [...kept, await bed.server(`pod-${i}`)];
    bed.pointAt('app', pods);
    await bed.settled();
    await converge(() => old?.connections === 0);
    await old?.close();
  }
  await converge(() => pods.every((pod) => pod.count > 0));
  const { counts, sent } = await load.stop();
  expect(Object.fromEntries(counts)).toEqual({ 200: sent });
});

test('a rollout under a storm of route changes is as quick, and loses nothing', async () => {
  bed.apply([service('storm')]);
  let pod = await bed.server('storm-0');
  bed.pointAt('storm', [pod]);
  await bed.serve('storm', [toService('storm')]);
  const load = new OpenLoop({ port: bed.port, host: hostOf('storm'), perSecond: 200 });
  await converge(() => load.good >= 20);
  for (let i = 1; i <= 8; i++) {
    const old = pod;
    pod = await bed.server(`storm-${i}`);
    for (let n = 0; n < 50; n++) {
      bed.apply([
        httpRoute([{ backendRefs: [backend('storm'), backend(`none-${i}`)] }], {
          name: `noise-${n}`,
          hostnames: [`noise-${n}-${i % 2}.test`],
        }),
      ]);
    }
    bed.pointAt('storm', [pod]);
    await bed.settled();
    await converge(() => old.connections === 0);
    await old.close();
  }
  const { counts, sent } = await load.stop();
  expect(Object.fromEntries(counts)).toEqual({ 200: sent });
});

test('the last ready endpoint terminates and goes on being used until another is ready', async () => {
  const last = await bed.server('last');
  bed.apply([service('drain')]);
  bed.pointAt('drain', [last]);
  await bed.serve('drain', [toService('drain')]);
  const conditions = { ready: false, serving: true, terminating: true };
  bed.apply([
    endpointSlice([{ addresses: ['127.0.0.1'], conditions }], {
      name: 'drain-0',
      service: 'drain',
      port: last.port,
    }),
  ]);
  await bed.settled();
  expect(await bed.answers('drain', ['/'])).toEqual(['last']);
  const next = await bed.server('next');
  bed.pointAt('drain', [next]);
  await bed.settled();
  expect(await bed.answers('drain', ['/', '/', '/', '/'])).toEqual(['next', 'next', 'next', 'next']);
});
