import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { converge } from '../rig/envoy/converge.ts';
import { Cluster, figure } from './cluster.ts';
import { echoPods, gateway, httpRoute, service, toService } from './manifests.ts';
import { conditionOf } from './condition.ts';
import { gatewayApi, TestNamespace } from './test-namespace.ts';
import { everyValue } from '../rig/kube/chart-values.ts';
import { render } from '../rig/kube/rendered-chart.ts';
import type { Manifest } from '../rig/kube/kube-client.ts';
import { helmInstall, helmUninstall, installCrds, sluiceIsReady } from './sluice.ts';

const cluster = new Cluster();
afterAll(() => cluster.close());

test('Sluice that is installed before the CRDs of Gateway API is ready, and finds them once they are there', async () => {
  const notes = await helmInstall('gatewayClass.create=false');
  expect(notes).toContain('THE CRDs OF GATEWAY API ARE NOT INSTALLED');
  await sluiceIsReady(cluster.kube);
  await installCrds(cluster.kube);
  const late = {
    apiVersion: gatewayApi,
    kind: 'GatewayClass',
    metadata: { name: 'late' },
    spec: { controllerName: 'sluice.dev/gateway-controller' },
  };
  await cluster.kube.apply(late);
  await converge(async () => {
    const found = await cluster.kube.get(late);
    return found !== undefined && conditionOf(found, 'Accepted')?.status === 'True';
  });
  await cluster.kube.delete(late);
  await helmUninstall(cluster.kube);
});

test('from helm install to the first request that a new Gateway answers', async () => {
  const { kube } = cluster;
  const namespace = 'install';
  await kube.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const startedAt = performance.now();
  const notes = await helmInstall();
  expect(notes).toMatch(/^The CRDs of Envoy Gateway are not installed/m);
  expect(notes).not.toContain('THE CRDs');
  figure(`helm install took ${seconds(startedAt)} s`);
  const ns = await TestNamespace.open(namespace);
  figure(`every replica ready after ${seconds(startedAt)} s`);
  await ns.apply(
    gateway(),
    httpRoute('app', 'app.test', [toService('app')]),
    service('app'),
    echoPods('app'),
  );
  await ns.address();
  figure(`Gateway programmed after ${seconds(startedAt)} s`);
  const answer = await ns.answers('app.test', 200);
  figure(`helm install to the first 200: ${seconds(startedAt)} s (goal: 10 s)`);
  expect(JSON.parse(answer.body)).toMatchObject({ namespace, host: 'app.test' });
  await ns.close();
});

test('the Gateway and the route of docs/in-a-cluster.md serve a Service of that name', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/in-a-cluster.md'), 'utf8');
  const [, objects = ''] = /^kubectl apply -f - <<EOF\n([\s\S]*?)^EOF$/m.exec(page) ?? [];
  const manifests = parseAllDocuments(objects).map((document) => document.toJS() as Manifest);
  const opened = await TestNamespace.open('in-a-cluster');
  // The page's nginx is not among the images of the test cluster.
  await opened.apply(service('hello'), echoPods('hello'), ...manifests);
  await opened.answers('hello.example.com', 200);
  await opened.close();
});

test('the API server takes the objects of the chart with every value set', async () => {
  const refused: string[] = [];
  const objects = [...render(everyValue).values()].filter(({ apiVersion }) => apiVersion !== monitoring);
  for (const object of objects) {
    // Helm upgrades the objects of these names: a dry run creates them under others.
    const { namespace, name } = object.metadata;
    const place = namespace === undefined ? {} : { namespace: 'default' };
    const metadata = { ...object.metadata, ...place, name: `other-${name}` };
    const refusal = await cluster.kube.refusal({ ...object, metadata }, 'Strict');
    if (refusal !== undefined) refused.push(`${object.kind}/${name}: ${refusal}`);
  }
  expect(objects.length).toBeGreaterThan(25);
  expect(refused).toEqual([]);
});

/** Its CRDs are not installed. */
const monitoring = 'monitoring.coreos.com/v1';

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}
