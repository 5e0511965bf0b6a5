import { afterEach, beforeEach, expect, test } from 'vitest';
import { start, type RunningSluice } from '../../src/run/start.ts';
import { configFrom } from '../../src/config/load.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createMetrics, type Metrics } from '../../src/observe/metrics.ts';
import { KubeFollower } from '../rig/kube/kube-follower.ts';
import * as m from '../rig/objects/manifests.ts';
import { SilentLog } from '../rig/pipeline/silent-log.ts';

let follower: KubeFollower;
let metrics: Metrics;
let sluice: RunningSluice | undefined;
beforeEach(async () => {
  follower = new KubeFollower();
  metrics = createMetrics();
  // Only its kubeconfig is used here: Sluice has a source of its own.
  await follower.open();
});
afterEach(async () => {
  await sluice?.close();
  sluice = undefined;
  metrics.close();
  await follower.close();
});

test('a cluster with a Gateway and a route is served', async () => {
  for (const object of [
    m.gatewayClass(),
    m.gateway([m.httpListener()]),
    m.httpRoute([{ backendRefs: [m.backend()] }]),
    m.service(),
    m.endpointSlice(['10.0.0.1']),
  ])
    create(object);
  sluice = await started();
  await sluice.ready;
  expect(sluice.gateways()).toEqual(['default/web']);
  expect(await readiness()).toEqual([200, 'ready\n']);
  expect(await metrics.registry.metrics()).toContain('sluice_watched_objects{kind="HTTPRoute"} ');
});

test('/readyz says which kind is waited for, and why, and Sluice can be ended meanwhile', async () => {
  follower.api.fault = ({ kind }) => (kind === 'Secret' ? { kind: 'status', status: 403 } : undefined);
  sluice = await started();
  const wanted =
    'the first reading of the API server is not complete: Secret: the API server says 403: fault 403\n';
  let answer = await readiness();
  while (answer[1] !== wanted) answer = await readiness();
  expect(answer[0]).toBe(503);
  expect(await metrics.registry.metrics()).toContain(
    'sluice_watch_restarts_total{kind="Secret",reason="forbidden"} ',
  );
});

test('a kubeconfig that is no good ends the start with one line', async () => {
  const config = configured(`${follower.kubeconfig}.gone`);
  const outcome = await start(config, { log: new SilentLog(), metrics, clock: systemClock });
  expect(outcome).toEqual({
    kind: 'error',
    line: `cannot start: ${follower.kubeconfig}.gone: cannot be read (ENOENT)`,
  });
});

async function started(): Promise<RunningSluice> {
  const config = configured(follower.kubeconfig);
  const outcome = await start(config, { log: new SilentLog(), metrics, clock: systemClock });
  if (outcome.kind === 'error') throw new Error(outcome.line);
  return outcome.sluice;
}

function configured(kubeconfig: string) {
  const loaded = configFrom(
    {
      provider: {
        type: 'kubernetes',
        kubernetes: { kubeconfig, namespace: 'sluice-system', infrastructure: { enabled: false } },
      },
      translate: { mode: 'inline' },
      xds: { port: 0 },
      admin: { port: 0 },
    },
    '/',
  );
  if (loaded.kind === 'error') throw new Error(loaded.line);
  return loaded.config;
}

async function readiness(): Promise<[number, string]> {
  const response = await fetch(`http://127.0.0.1:${sluice?.adminPort}/readyz`);
  return [response.status, await response.text()];
}

function create(object: object): void {
  const { kind, metadata, ...rest } = object as {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string };
  };
  follower.api.put(kind, metadata.namespace ?? '', metadata.name, { ...rest, metadata });
}
