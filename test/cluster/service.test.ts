import { afterAll, beforeAll, expect, test } from 'vitest';
import { converge } from '../rig/envoy/converge.ts';
import type { KubeObject } from '../rig/kube/kube-client.ts';
import { echoPods, endpointSlice, gateway, httpRoute, service, toService } from './manifests.ts';
import { conditionOf } from './condition.ts';
import { TestNamespace } from './test-namespace.ts';

let ns: TestNamespace;

beforeAll(async () => {
  ns = await TestNamespace.open('services');
  await ns.apply(gateway(), echoPods('app', 2));
});
afterAll(() => ns.close());

test.for([
  ['ClusterIP', {}],
  ['NodePort', { type: 'NodePort' }],
  ['LoadBalancer', { type: 'LoadBalancer' }],
  ['headless', { clusterIP: 'None' }],
] as const)('a Service of type %s', async ([name, fields]) => {
  const host = `${name.toLowerCase()}.test`;
  await ns.apply(
    service(name.toLowerCase(), fields, 'app'),
    httpRoute(name.toLowerCase(), host, [toService(name.toLowerCase())]),
  );
  const pods = new Set<string>();
  await converge(async () => {
    const { body } = await ns.answers(host, 200);
    pods.add((JSON.parse(body) as { pod: string }).pod);
    return pods.size === 2;
  });
});

test('a Service without selector, by the EndpointSlices that somebody writes', async () => {
  const pods = await ns.kube.list({ apiVersion: 'v1', kind: 'Pod' }, ns.namespace, 'app=app');
  const addresses = pods.map((pod: KubeObject) => String(pod.status?.['podIP']));
  await ns.apply(
    service('manual', { selector: null }),
    endpointSlice('manual', addresses.slice(0, 1)),
    httpRoute('manual', 'manual.test', [toService('manual')]),
  );
  const { body } = await ns.answers('manual.test', 200);
  expect(pods.map(({ metadata }) => metadata.name)).toContain((JSON.parse(body) as { pod: string }).pod);
});

test('a Service of type ExternalName is refused by name, since it has no endpoints', async () => {
  const external = { type: 'ExternalName', externalName: 'app.services.svc.cluster.local', selector: null };
  const route = httpRoute('external', 'external.test', [toService('external')]);
  await ns.apply(service('external', external), route);
  await ns.answers('external.test', 500);
  const refused = await converge(async () => {
    const condition = conditionOf(await ns.get(route), 'ResolvedRefs');
    return condition?.status === 'False' && condition;
  });
  expect(refused.reason).toBe('UnsupportedProtocol');
});

test('the address of a Gateway is never that of a headless Service of a backend', async () => {
  const found = await ns.get(gateway());
  const addresses = found.status?.['addresses'] as { type: string; value: string }[];
  expect(addresses).toEqual([
    { type: 'IPAddress', value: expect.stringMatching(/^172\.30\.255\.\d+$/) as string },
  ]);
});
