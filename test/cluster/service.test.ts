import { afterAll, beforeAll, expect, test } from 'vitest';
import { converge } from '../rig/envoy/converge.ts';
import type { KubeObject } from '../rig/kube/kube-client.ts';
import { echoPods, endpointSlice, gateway, httpRoute, service, toService } from './manifests.ts';
import { conditionOf } from './condition.ts';
import { Scene } from './scene.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open('services');
  await scene.apply(gateway(), echoPods('app', 2));
});
afterAll(() => scene.close());

test.for([
  ['ClusterIP', {}],
  ['NodePort', { type: 'NodePort' }],
  ['LoadBalancer', { type: 'LoadBalancer' }],
  ['headless', { clusterIP: 'None' }],
] as const)('a Service of type %s', async ([name, fields]) => {
  const host = `${name.toLowerCase()}.test`;
  await scene.apply(
    service(name.toLowerCase(), fields, 'app'),
    httpRoute(name.toLowerCase(), host, [toService(name.toLowerCase())]),
  );
  const pods = new Set<string>();
  await converge(async () => {
    const { body } = await scene.answers(host, 200);
    pods.add((JSON.parse(body) as { pod: string }).pod);
    return pods.size === 2;
  });
});

test('a Service without selector, by the EndpointSlices that somebody writes', async () => {
  const pods = await scene.kube.list({ apiVersion: 'v1', kind: 'Pod' }, scene.namespace, 'app=app');
  const addresses = pods.map((pod: KubeObject) => String(pod.status?.['podIP']));
  await scene.apply(
    service('manual', { selector: null }),
    endpointSlice('manual', addresses.slice(0, 1)),
    httpRoute('manual', 'manual.test', [toService('manual')]),
  );
  const { body } = await scene.answers('manual.test', 200);
  expect(pods.map(({ metadata }) => metadata.name)).toContain((JSON.parse(body) as { pod: string }).pod);
});

test('a Service of type ExternalName is refused by name, since it has no endpoints', async () => {
  const external = { type: 'ExternalName', externalName: 'app.services.svc.cluster.local', selector: null };
  const route = httpRoute('external', 'external.test', [toService('external')]);
  await scene.apply(service('external', external), route);
  await scene.answers('external.test', 500);
  const refused = await converge(async () => {
    const condition = conditionOf(await scene.get(route), 'ResolvedRefs');
    return condition?.status === 'False' && condition;
  });
  expect(refused.reason).toBe('UnsupportedProtocol');
});

test('the address of a Gateway is never that of a headless Service of a backend', async () => {
  const found = await scene.get(gateway());
  const addresses = found.status?.['addresses'] as { type: string; value: string }[];
  expect(addresses).toEqual([
    { type: 'IPAddress', value: expect.stringMatching(/^172\.30\.255\.\d+$/) as string },
  ]);
});
