import { afterAll, beforeAll, expect, test } from 'vitest';
import { converge } from '../rig/envoy/converge.ts';
import type { Manifest } from '../rig/kube/kube-client.ts';
import { echoPods, gateway, httpRoute, service, toService } from './manifests.ts';
import { gatewayApi, TestNamespace } from './test-namespace.ts';
import { installEnvoyCrds } from './sluice.ts';

const kinds = [
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'DaemonSet'],
  ['v1', 'Service'],
  ['v1', 'ServiceAccount'],
  ['v1', 'Secret'],
  ['autoscaling/v2', 'HorizontalPodAutoscaler'],
  ['policy/v1', 'PodDisruptionBudget'],
] as const;
const always = ['Service', 'ServiceAccount', 'Secret', 'Secret'];
const parametersRef = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'proxies' };

let ns: TestNamespace;

beforeAll(async () => {
  ns = await TestNamespace.open('proxies');
  await installEnvoyCrds(ns.kube, 'EnvoyProxy');
  await ns.apply(service('app'), echoPods('app'), httpRoute('app', 'app.test', [toService('app')]));
});
afterAll(async () => {
  await ns.kube.delete(otherClass);
  await ns.close();
});

test(
  'proxies are run as the EnvoyProxy has it, and what it no longer has is gone',
  { timeout: 240_000 },
  async () => {
    const envoyService = { type: 'ClusterIP', annotations: { 'example.test/note': 'kept' } };
    await ns.apply(
      envoyProxy(
        {
          envoyDeployment: { replicas: 2 },
          envoyPDB: { minAvailable: 1, name: 'budget' },
          envoyServiceAccount: { name: 'account' },
          envoyService,
        },
        { telemetry: logsTo('app'), extraArgs: ['--file-flush-interval-msec', '500'], ipFamily: 'IPv4' },
      ),
      gateway(undefined, { infrastructure: { parametersRef } }),
    );
    await ns.answers('app.test', 200);
    await converge(async () => expect(await made()).toEqual(sorted('Deployment', 'PodDisruptionBudget')));
    const [exposed] = await ns.kube.list({ apiVersion: 'v1', kind: 'Service' }, ns.namespace, labels);
    expect(exposed).toMatchObject({
      metadata: { annotations: envoyService.annotations },
      spec: { type: 'ClusterIP' },
    });
    expect(await ns.address()).toBe(exposed?.spec?.['clusterIP']);
    expect(await names()).toEqual(
      expect.arrayContaining(['PodDisruptionBudget/budget', 'ServiceAccount/account']),
    );
    await converge(async () => (await pods()) === 2);

    const envoyHpa = { minReplicas: 1, maxReplicas: 3, name: 'scaler' };
    await ns.apply(envoyProxy({ envoyDeployment: { replicas: 1 }, envoyHpa, envoyService }));
    await converge(async () => expect(await made()).toEqual(sorted('Deployment', 'HorizontalPodAutoscaler')));
    await converge(async () => expect(await names()).toContain('HorizontalPodAutoscaler/scaler'));
    expect(await names()).not.toContain('ServiceAccount/account');

    await ns.apply(envoyProxy({ envoyDaemonSet: {}, envoyService }));
    await converge(async () => expect(await made()).toEqual(sorted('DaemonSet')), 60_000);
    await converge(async () => (await pods()) === 1, 60_000);
    await ns.answers('app.test', 200);
  },
);

test(
  'a Gateway that moves to another class of ours takes everything along',
  { timeout: 240_000 },
  async () => {
    const before = await names();
    await ns.kube.apply(otherClass);
    await ns.apply(gateway(undefined, { gatewayClassName: 'other' }));
    await converge(async () => expect(await made()).toEqual(sorted('Deployment')), 60_000);
    await converge(async () => {
      const left = (await names()).filter((name) => before.includes(name));
      expect(left).toEqual([]);
    }, 60_000);
    await ns.answers('app.test', 200);
  },
);

const labels = 'gateway.networking.k8s.io/gateway-name=web';
const otherClass = {
  apiVersion: gatewayApi,
  kind: 'GatewayClass',
  metadata: { name: 'other' },
  spec: { controllerName: 'sluice.dev/gateway-controller' },
};

function envoyProxy(kubernetes: object, rest: object = {}): Manifest {
  const spec = { provider: { type: 'Kubernetes', kubernetes }, ...rest };
  return {
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind: 'EnvoyProxy',
    metadata: { name: 'proxies' },
    spec,
  };
}

function logsTo(name: string): object {
  const als = { type: 'HTTP', backendRefs: [{ name, port: 80 }] };
  return { accessLog: { settings: [{ sinks: [{ type: 'ALS', als }] }] } };
}

async function made(): Promise<string[]> {
  const found: string[] = [];
  for (const [apiVersion, kind] of kinds) {
    for (const object of await ns.kube.list({ apiVersion, kind }, ns.namespace, labels))
      if (object.metadata.deletionTimestamp === undefined) found.push(kind);
  }
  return found.sort();
}

async function names(): Promise<string[]> {
  const found: string[] = [];
  for (const [apiVersion, kind] of kinds) {
    for (const { metadata } of await ns.kube.list({ apiVersion, kind }, ns.namespace, labels))
      found.push(`${kind}/${metadata.name}`);
  }
  return found;
}

function sorted(...workload: string[]): string[] {
  return [...always, ...workload].sort();
}

async function pods(): Promise<number> {
  return (await ns.kube.list({ apiVersion: 'v1', kind: 'Pod' }, ns.namespace, labels)).length;
}
