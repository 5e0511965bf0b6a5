import { afterAll, beforeAll, expect, test } from 'vitest';
import { backend, endpointSlice, httpRoute, service } from '../rig/objects/manifests.ts';
import { converge } from '../rig/envoy/converge.ts';
import type { EchoBackend } from '../rig/envoy/echo-backend.ts';
import { EnvoyRig, hostOf, toService } from '../rig/envoy/envoy-rig.ts';
import { OpenLoop } from '../rig/load/open-loop.ts';

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start({ mode: 'threads', concurrency: 2 });
});

afterAll(() => rig.close());

test('a rollout replaces every endpoint, one by one, and each old one ends when the proxy has let go of it', async () => {
  let pods: EchoBackend[] = [];
  for (let i = 0; i < 3; i++) pods.push(await rig.server(`pod-${i}`));
  rig.apply([service('app')]);
  rig.pointAt('app', pods);
  await rig.serve('app', [toService('app')]);
  const load = new OpenLoop({ port: rig.port, host: hostOf('app'), perSecond: 300 });
  await converge(() => load.good >= 20);
  for (let i = 3; i < 15; i++) {
    const [old, ...kept] = pods;
    pods = [...kept, await rig.server(`pod-${i}`)];
    rig.pointAt('app', pods);
    await rig.settled();
    await converge(() => old?.connections === 0);
    await old?.close();
  }
  await converge(() => pods.every((pod) => pod.count > 0));
  const { counts, sent } = await load.stop();
  expect(Object.fromEntries(counts)).toEqual({ 200: sent });
});

test('a rollout under a storm of route changes is as quick, and loses nothing', async () => {
  rig.apply([service('storm')]);
  let pod = await rig.server('storm-0');
  rig.pointAt('storm', [pod]);
  await rig.serve('storm', [toService('storm')]);
  const load = new OpenLoop({ port: rig.port, host: hostOf('storm'), perSecond: 200 });
  await converge(() => load.good >= 20);
  for (let i = 1; i <= 8; i++) {
    const old = pod;
    pod = await rig.server(`storm-${i}`);
    for (let n = 0; n < 50; n++) {
      rig.apply([
        httpRoute([{ backendRefs: [backend('storm'), backend(`none-${i}`)] }], {
          name: `noise-${n}`,
          hostnames: [`noise-${n}-${i % 2}.test`],
        }),
      ]);
    }
    rig.pointAt('storm', [pod]);
    await rig.settled();
    await converge(() => old.connections === 0);
    await old.close();
  }
  const { counts, sent } = await load.stop();
  expect(Object.fromEntries(counts)).toEqual({ 200: sent });
});

test('the last ready endpoint terminates and goes on being used until another is ready', async () => {
  const last = await rig.server('last');
  rig.apply([service('drain')]);
  rig.pointAt('drain', [last]);
  await rig.serve('drain', [toService('drain')]);
  const conditions = { ready: false, serving: true, terminating: true };
  rig.apply([
    endpointSlice([{ addresses: ['127.0.0.1'], conditions }], {
      name: 'drain-0',
      service: 'drain',
      port: last.port,
    }),
  ]);
  await rig.settled();
  expect(await rig.answers('drain', ['/'])).toEqual(['last']);
  const next = await rig.server('next');
  rig.pointAt('drain', [next]);
  await rig.settled();
  expect(await rig.answers('drain', ['/', '/', '/', '/'])).toEqual(['next', 'next', 'next', 'next']);
});
