import { afterAll, beforeAll, expect, test } from 'vitest';
import { ownedResources } from '../../src/kube/owned-resource.ts';
import { converge } from '../rig/envoy/converge.ts';
import { mayAccount } from './access-review.ts';
import { conditionOf, type Condition } from './condition.ts';
import { echoPods, gateway, httpRoute, service, toService } from './manifests.ts';
import { gatewayApi, TestNamespace } from './test-namespace.ts';
import { sluiceNamespace } from './sluice.ts';

let ns: TestNamespace;

beforeAll(async () => {
  ns = await TestNamespace.open('separate');
});
afterAll(() => ns.close());

test('the process that reads routes and plugins may write nothing that runs proxies', async () => {
  const account = { namespace: sluiceNamespace, name: 'sluice' };
  for (const { group, plural } of ownedResources) {
    for (const verb of ['get', 'create', 'patch', 'update', 'delete']) {
      const right = { verb, group, resource: plural, namespace: ns.namespace };
      expect([right, await mayAccount(ns.kube, account, right)]).toEqual([right, false]);
    }
  }
});

test('the process that runs proxies reads no route, policy or slice, and writes no status', async () => {
  const account = { namespace: sluiceNamespace, name: 'sluice-infrastructure' };
  const routing = ['httproutes', 'backendtlspolicies', 'referencegrants'];
  const plugins = ['envoyextensionpolicies', 'securitypolicies', 'clienttrafficpolicies'];
  const rights = [
    ...routing.map((resource) => ({ verb: 'list', group: 'gateway.networking.k8s.io', resource })),
    ...plugins.map((resource) => ({ verb: 'list', group: 'gateway.envoyproxy.io', resource })),
    { verb: 'list', group: 'discovery.k8s.io', resource: 'endpointslices' },
    { verb: 'list', group: '', resource: 'configmaps' },
    { verb: 'patch', group: 'gateway.networking.k8s.io', resource: 'gateways/status' },
  ];
  for (const right of rights)
    expect([right, await mayAccount(ns.kube, account, { ...right, namespace: ns.namespace })]).toEqual([
      right,
      false,
    ]);
});

test(
  'a Gateway says why its proxies cannot be run, and is served when they can',
  { timeout: 180_000 },
  async () => {
    const metadata = { name: 'web-sluice', namespace: ns.namespace };
    const labels = { app: 'other' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'other', image: 'other' }] } };
    const foreign = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: { replicas: 0, selector: { matchLabels: labels }, template },
    };
    await ns.kube.apply(foreign);
    await ns.apply(
      gateway(),
      echoPods('app', 1),
      service('app'),
      httpRoute('app', 'app.test', [toService('app')]),
    );
    const problem = 'Deployment separate/web-sluice exists and is not of Sluice';
    await converge(async () => {
      const { status, message } = await programmed();
      return status === 'False' && message.includes(problem);
    }, 60_000);
    await ns.kube.delete(foreign);
    await converge(async () => (await programmed()).status === 'True', 90_000);
    await ns.answers('app.test', 200);
  },
);

async function programmed(): Promise<Condition> {
  const web = await ns.get({ apiVersion: gatewayApi, kind: 'Gateway', metadata: { name: 'web' } });
  return conditionOf(web, 'Programmed') ?? { type: 'Programmed', status: '', reason: '', message: '' };
}
