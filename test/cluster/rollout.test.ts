import { afterAll, beforeAll, expect, test } from 'vitest';
import { converge } from '../envoy/converge.ts';
import { OpenLoop } from '../envoy/open-loop.ts';
import { figure } from './cluster.ts';
import { echoPods, gateway, httpRoute, service, toService } from './manifests.ts';
import { Scene } from './scene.ts';

let scene: Scene;
const replicas = 20;

beforeAll(async () => {
  scene = await Scene.open('rollout');
  await scene.apply(
    gateway(),
    httpRoute('app', 'app.test', [toService('app')]),
    service('app'),
    echoPods('app', replicas),
  );
  await scene.answers('app.test', 200);
  await converge(() => isRolledOut());
});
afterAll(() => scene.close());

test('a rolling restart of 20 pods under load fails no request', async () => {
  const load = new OpenLoop({ address: await scene.address(), port: 80, host: 'app.test', perSecond: 200 });
  await converge(() => load.good >= 100);
  const startedAt = performance.now();
  const annotations = { 'test/restarted': 'yes' };
  await scene.kube.merge(await scene.get(echoPods('app')), {
    spec: { template: { metadata: { annotations } } },
  });
  await converge(() => isRolledOut(annotations), 90_000);
  // Until the last old pod has ended.
  await converge(
    async () =>
      (await scene.kube.list({ apiVersion: 'v1', kind: 'Pod' }, scene.namespace, 'app=app')).length ===
      replicas,
    60_000,
  );
  const { counts, sent, slowestMs } = await load.stop();
  figure(
    `${replicas} pods restarted in ${((performance.now() - startedAt) / 1000).toFixed(1)} s; slowest of ${sent} requests: ${slowestMs.toFixed(0)} ms`,
  );
  expect(Object.fromEntries(counts)).toEqual({ 200: sent });
});

async function isRolledOut(annotations: object = {}): Promise<boolean> {
  const { metadata, spec, status } = await scene.get(echoPods('app'));
  const template = spec?.['template'] as { metadata: { annotations?: object } };
  return (
    JSON.stringify(template.metadata.annotations ?? {}) === JSON.stringify(annotations) &&
    status?.['observedGeneration'] === metadata.generation &&
    status?.['updatedReplicas'] === replicas &&
    status['readyReplicas'] === replicas &&
    status['replicas'] === replicas
  );
}
