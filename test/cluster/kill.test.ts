import { afterAll, beforeAll, expect, test } from 'vitest';
import { converge } from '../rig/envoy/converge.ts';
import { OpenLoop } from '../rig/load/open-loop.ts';
import { figure } from './cluster.ts';
import { echoPods, gateway, httpRoute, service, toService } from './manifests.ts';
import { conditionOf } from './condition.ts';
import { TestNamespace } from './test-namespace.ts';
import { leader, sluiceIsReady, sluiceNamespace } from './sluice.ts';

let ns: TestNamespace;

beforeAll(async () => {
  ns = await TestNamespace.open('kill');
  await ns.apply(
    gateway(),
    httpRoute('app', 'app.test', [toService('app')]),
    service('app'),
    echoPods('app', 2),
  );
  await ns.answers('app.test', 200);
});
afterAll(() => ns.close());

test('the leader is killed under load: no request fails, and another writes the statuses', async () => {
  const load = new OpenLoop({ address: await ns.address(), port: 80, host: 'app.test', perSecond: 200 });
  await converge(() => load.good >= 100);
  const first = await leader(ns.kube);
  const startedAt = performance.now();
  await ns.cluster.signal(`${sluiceNamespace}/${first.name}/sluice`, 'KILL');
  // While there is no leader, both kinds of change are still served.
  const route = httpRoute('meanwhile', 'meanwhile.test', [toService('app')]);
  await ns.apply(route);
  await ns.answers('meanwhile.test', 200);
  figure(`a route of after the kill is served after ${seconds(startedAt)} s`);
  await converge(async () => conditionOf(await ns.get(route), 'Accepted')?.status === 'True', 60_000);
  figure(`and has its status after ${seconds(startedAt)} s`);
  await sluiceIsReady(ns.kube);
  const { counts, sent } = await load.stop();
  expect(Object.fromEntries(counts)).toEqual({ 200: sent });
});

test('Envoy is killed: its pod comes back and traffic flows', async () => {
  const labels = 'gateway.networking.k8s.io/gateway-name=web';
  const [pod] = await ns.kube.list({ apiVersion: 'v1', kind: 'Pod' }, ns.namespace, labels);
  if (pod === undefined) throw new Error('no pod of Envoy');
  const startedAt = performance.now();
  await ns.cluster.signal(`${ns.namespace}/${pod.metadata.name}/envoy`, 'KILL');
  await converge(async () => {
    const now = await ns.get(pod);
    const [status] = (now.status?.['containerStatuses'] ?? []) as { restartCount: number; ready: boolean }[];
    return status !== undefined && status.restartCount > 0 && status.ready;
  }, 60_000);
  await ns.answers('app.test', 200);
  figure(`Envoy serves again ${seconds(startedAt)} s after its kill`);
  await converge(async () => conditionOf(await ns.get(gateway()), 'Programmed')?.status === 'True');
});

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}
