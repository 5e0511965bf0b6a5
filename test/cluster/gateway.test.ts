import { afterAll, beforeAll, expect, test } from 'vitest';
import { converge } from '../rig/envoy/converge.ts';
import type { KubeObject } from '../rig/kube/kube-client.ts';
import { echoPods, gateway, httpRoute, service, toService } from './manifests.ts';
import { TestNamespace } from './test-namespace.ts';

const labels = 'gateway.networking.k8s.io/gateway-name=web';
const kinds = [
  ['apps/v1', 'Deployment'],
  ['v1', 'Service'],
  ['v1', 'ServiceAccount'],
  ['v1', 'Secret'],
] as const;

let ns: TestNamespace;

beforeAll(async () => {
  ns = await TestNamespace.open('gateway');
  await ns.apply(
    gateway(),
    httpRoute('app', 'app.test', [toService('app')]),
    service('app'),
    echoPods('app'),
  );
});
afterAll(() => ns.close());

test('what others change about the proxies is put right', async () => {
  await ns.answers('app.test', 200);
  const [deployment] = await objects('apps/v1', 'Deployment');
  const [exposed] = await objects('v1', 'Service');
  const settings = (await objects('v1', 'Secret')).find(({ metadata }) => metadata.name.endsWith('-config'));
  if (deployment === undefined || exposed === undefined || settings === undefined)
    throw new Error('nothing was made');
  await ns.kube.merge(deployment, {
    metadata: { labels: { [managedBy]: 'another' } },
    spec: { template: { spec: { terminationGracePeriodSeconds: changedSeconds } } },
  });
  await ns.kube.merge(settings, { data: null });
  await ns.delete(exposed);
  await converge(async () => {
    const [again] = await objects('v1', 'Service');
    return again !== undefined && again.metadata.uid !== exposed.metadata.uid;
  });
  await converge(async () => {
    const { metadata, spec } = await ns.get(deployment);
    const template = spec?.['template'] as { spec: { terminationGracePeriodSeconds: number } };
    return (
      metadata.labels?.[managedBy] === 'sluice' &&
      template.spec.terminationGracePeriodSeconds !== changedSeconds
    );
  });
  await converge(async () => (await ns.get(settings))['data'] !== undefined);
  await ns.answers('app.test', 200);
});

test('nothing is left of a Gateway that is deleted', async () => {
  const before = await Promise.all(
    kinds.map(async ([version, kind]) => (await objects(version, kind)).length),
  );
  // One Secret has the certificate, the other one the bootstrap.
  expect(before).toEqual(kinds.map(([, kind]) => (kind === 'Secret' ? 2 : 1)));
  await ns.delete(gateway());
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
  return await ns.kube.list({ apiVersion, kind }, ns.namespace, labels);
}
