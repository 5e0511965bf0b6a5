import { afterAll, beforeAll, expect, test } from 'vitest';
import { converge } from '../rig/envoy/converge.ts';
import type { KubeObject } from '../rig/kube/kube-client.ts';
import { echoPods, gateway, httpRoute, service, toService } from './manifests.ts';
import { Scene } from './scene.ts';

const labels = 'gateway.networking.k8s.io/gateway-name=web';
const kinds = [
  ['apps/v1', 'Deployment'],
  ['v1', 'Service'],
  ['v1', 'ServiceAccount'],
  ['v1', 'Secret'],
] as const;

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open('gateway');
  await scene.apply(
    gateway(),
    httpRoute('app', 'app.test', [toService('app')]),
    service('app'),
    echoPods('app'),
  );
});
afterAll(() => scene.close());

test('what others change about the proxies is put right', async () => {
  await scene.answers('app.test', 200);
  const [deployment] = await objects('apps/v1', 'Deployment');
  const [exposed] = await objects('v1', 'Service');
  const settings = (await objects('v1', 'Secret')).find(({ metadata }) => metadata.name.endsWith('-config'));
  if (deployment === undefined || exposed === undefined || settings === undefined)
    throw new Error('nothing was made');
  await scene.kube.merge(deployment, {
    metadata: { labels: { [managedBy]: 'nobody' } },
    spec: { template: { spec: { terminationGracePeriodSeconds: changedSeconds } } },
  });
  await scene.kube.merge(settings, { data: null });
  await scene.delete(exposed);
  await converge(async () => {
    const [again] = await objects('v1', 'Service');
    return again !== undefined && again.metadata.uid !== exposed.metadata.uid;
  });
  await converge(async () => {
    const { metadata, spec } = await scene.get(deployment);
    const template = spec?.['template'] as { spec: { terminationGracePeriodSeconds: number } };
    return (
      metadata.labels?.[managedBy] === 'sluice' &&
      template.spec.terminationGracePeriodSeconds !== changedSeconds
    );
  });
  await converge(async () => (await scene.get(settings))['data'] !== undefined);
  await scene.answers('app.test', 200);
});

test('nothing is left of a Gateway that is deleted', async () => {
  const before = await Promise.all(
    kinds.map(async ([version, kind]) => (await objects(version, kind)).length),
  );
  // One Secret has the certificate, the other one the bootstrap.
  expect(before).toEqual(kinds.map(([, kind]) => (kind === 'Secret' ? 2 : 1)));
  await scene.delete(gateway());
  await converge(async () => {
    const counts = await Promise.all(
      kinds.map(async ([version, kind]) => (await objects(version, kind)).length),
    );
    return counts.every((count) => count === 0) && (await objects('v1', 'Pod')).length === 0;
  }, 90_000);
});

const changedSeconds = 7;
const managedBy = 'app.kubernetes.io/managed-by';

async function objects(apiVersion: string, kind: string): Promise<KubeObject[]> {
  return await scene.kube.list({ apiVersion, kind }, scene.namespace, labels);
}
