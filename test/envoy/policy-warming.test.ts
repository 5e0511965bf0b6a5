import { afterAll, beforeAll, expect, test } from 'vitest';
import { policy } from '../rig/objects/manifests.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig, hostOf, toService } from '../rig/envoy/envoy-rig.ts';
import { OpenLoop } from '../rig/load/open-loop.ts';

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start({ concurrency: 2 });
  await rig.backend('app');
});

afterAll(() => rig.close());

/** The first check comes after up to half a second, and until then the cluster has no endpoint that may be used. */
const checked = policy('BackendTrafficPolicy', {
  targetRefs: [{ kind: 'HTTPRoute', name: 'warm' }],
  healthCheck: {
    active: { type: 'HTTP', interval: '1s', initialJitter: '500ms', timeout: '1s', http: { path: '/up' } },
  },
});

test('routes move to a cluster with health checks, and back, when it has made the first ones', async () => {
  await rig.serve('warm', [toService('app')]);
  const load = new OpenLoop({ port: rig.port, host: hostOf('warm'), perSecond: 300 });
  await converge(() => load.good >= 20);
  for (let i = 0; i < 8; i++) {
    rig.apply([checked]);
    await rig.settled();
    rig.apply([], [checked]);
    await rig.settled();
  }
  const enough = load.good + 60;
  await converge(() => load.good >= enough || load.failures > 0);
  const { counts, sent } = await load.stop();
  expect(Object.fromEntries(counts)).toEqual({ 200: sent });
});
