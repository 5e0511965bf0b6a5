import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { converge } from '../rig/envoy/converge.ts';
import { send } from '../rig/envoy/http-client.ts';
import { OpenLoop } from '../rig/load/open-loop.ts';
import { figure } from './cluster.ts';
import type { Manifest } from '../rig/kube/kube-client.ts';
import { echoPods, gateway, httpRoute, service, toService } from './manifests.ts';
import { conditionOf } from './condition.ts';
import { TestNamespace } from './test-namespace.ts';
import { metric, sluiceIsReady, sluicePods } from './sluice.ts';

/** Longest absence of an API server that is being replaced. */
const outageMs = 30_000;

let ns: TestNamespace;

beforeAll(async () => {
  ns = await TestNamespace.open('outage');
  await ns.apply(
    gateway(),
    service('app'),
    service('gone'),
    echoPods('app'),
    httpRoute('stays', 'stays.test', [toService('app')]),
    httpRoute('changes', 'changes.test', [toService('none')]),
    httpRoute('goes', 'goes.test', [toService('app')]),
  );
  await ns.answers('stays.test', 200);
  await ns.answers('changes.test', 500);
  await ns.answers('goes.test', 200);
});
afterAll(() => ns.close());

test(
  'the API server is away for 30 s: traffic flows, and what others did meanwhile is picked up',
  { timeout: 240_000 },
  async () => {
    const { kube } = ns;
    const pods = await sluicePods(kube);
    const relists = async (): Promise<number[]> =>
      await Promise.all(
        pods.map((pod) => metric(pod, 'sluice_watch_restarts_total', 'kind="HTTPRoute"', 'reason="gone"')),
      );
    const before = await relists();
    const load = new OpenLoop({
      address: await ns.address(),
      port: 80,
      host: 'stays.test',
      perSecond: 100,
    });
    await converge(() => load.good >= 100);
    await ns.cluster.withoutApiServer(async (spare) => {
      await spare.apply(
        within(httpRoute('changes', 'changes.test', [toService('app')])),
        within(httpRoute('comes', 'comes.test', [toService('app')])),
      );
      await spare.delete(within(httpRoute('goes', 'goes.test', [])));
      await pause(outageMs);
    });
    const backAt = performance.now();
    const since = (): string => ((performance.now() - backAt) / 1000).toFixed(1);
    await ns.answers('comes.test', 200);
    figure(`what was made during the outage is served ${since()} s after it`);
    await ns.answers('changes.test', 200);
    await ns.answers('goes.test', 404);
    await converge(
      async () =>
        conditionOf(await ns.get(httpRoute('comes', 'comes.test', [])), 'Accepted')?.status === 'True',
      60_000,
    );
    figure(`and has its status after ${since()} s`);
    const { counts, sent } = await load.stop();
    expect(Object.fromEntries(counts)).toEqual({ 200: sent });
    // A restarted API server answers old watches with 410: everything is listed again and compared.
    await sluiceIsReady(kube);
    const after = await relists();
    expect(after.every((count, i) => count > (before[i] ?? 0))).toBe(true);
    expect((await sluicePods(kube)).map(({ name }) => name)).toEqual(pods.map(({ name }) => name));
    // Kubernetes' own components need up to 30 s more, and the next tests need them.
    await ns.apply(echoPods('after'), service('after', { type: 'LoadBalancer' }));
    await converge(async () => {
      const { status } = await ns.get(service('after'));
      const address = (status as LoadBalancerStatus | undefined)?.loadBalancer?.ingress?.[0]?.ip;
      return address !== undefined && (await send(80, { address })).status === 200;
    }, 90_000);
  },
);

function within(manifest: Manifest): Manifest {
  return { ...manifest, metadata: { ...manifest.metadata, namespace: ns.namespace } };
}

interface LoadBalancerStatus {
  readonly loadBalancer?: { readonly ingress?: readonly { readonly ip: string }[] };
}
