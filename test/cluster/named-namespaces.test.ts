import { afterAll, beforeAll, expect, test } from 'vitest';
import { must } from '../../src/lib/assert.ts';
import { converge } from '../rig/envoy/converge.ts';
import { accounts, auditOfSluice } from './audit.ts';
import { conditionOf } from './condition.ts';
import type { Manifest } from '../rig/kube/kube-client.ts';
import { mayAccount } from './access-review.ts';
import { echoPods, gateway, httpRoute, service, toService } from './manifests.ts';
import { TestNamespace } from './test-namespace.ts';
import { helmInstallIn, helmUninstallIn } from './sluice.ts';

/** A second Sluice, for two namespaces alone, where a hostname belongs to the first namespace that uses it. */
const home = 'edge-system';
const followed = 'edge-a';
const neighbour = 'edge-c';
const other = 'edge-b';
const gatewayClass = 'edge';

let ns: TestNamespace;

beforeAll(async () => {
  ns = await TestNamespace.open(followed);
  for (const name of [neighbour, other])
    await ns.kube.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await helmInstallIn(
    home,
    'replicas=1',
    // Proxies reach it by a Service of another name.
    'fullnameOverride=edge-gateways',
    `serviceAccount.name=${accounts[0]}`,
    `infrastructure.serviceAccount.name=${accounts[1]}`,
    'config.controllerName=example.com/edge',
    `gatewayClass.name=${gatewayClass}`,
    `config.provider.kubernetes.namespaces={${followed},${neighbour}}`,
    'config.translate.hostnames.firstCome=true',
  );
}, 120_000);
afterAll(async () => {
  await ns.kube.delete(inOther(edgeGateway()));
  await ns.close();
  await helmUninstallIn(home);
}, 120_000);

test(
  'a Sluice for named namespaces serves Gateways of these, and sees no other',
  { timeout: 120_000 },
  async () => {
    await ns.kube.apply(inOther(edgeGateway()));
    await ns.apply(edgeGateway(), echoPods('app', 1), service('app'));
    await ns.apply(httpRoute('app', 'app.test', [toService('app')]));
    await ns.answers('app.test', 200);
    const unseen = must(await ns.kube.get(inOther(edgeGateway())), 'Gateway');
    expect(conditionOf(unseen, 'Accepted')?.status).not.toBe('True');
  },
);

test(
  'a route of another namespace does not serve a hostname that is taken, and says so',
  { timeout: 60_000 },
  async () => {
    const route = httpRoute('thief', 'app.test', [
      { filters: [{ type: 'RequestRedirect', requestRedirect: {} }] },
    ]);
    const spec = { ...(route['spec'] as object), parentRefs: [{ name: 'web', namespace: followed }] };
    const thief = { ...route, spec, metadata: { ...route.metadata, namespace: neighbour } };
    await ns.kube.apply(thief);
    await converge(async () => {
      const status = must(await ns.kube.get(thief), 'HTTPRoute').status as
        | { readonly parents: readonly { readonly conditions: readonly object[] }[] }
        | undefined;
      const accepted = status?.parents[0]?.conditions.find((one) => 'type' in one && one.type === 'Accepted');
      return accepted !== undefined && 'reason' in accepted && accepted.reason === 'HostnameNotOwned';
    });
    await ns.answers('app.test', 200);
  },
);

test('it has no right outside of these namespaces, and asks for none', async () => {
  expect(await may('sluice', 'list', '', 'secrets', followed)).toBe(true);
  expect(await may('sluice', 'create', 'apps', 'deployments', followed)).toBe(false);
  expect(await may('sluice-infrastructure', 'create', 'apps', 'deployments', followed)).toBe(true);
  for (const account of accounts) {
    for (const namespace of [other, 'kube-system', 'sluice-system', undefined]) {
      expect(await may(account, 'list', '', 'secrets', namespace)).toBe(false);
      expect(await may(account, 'create', 'apps', 'deployments', namespace)).toBe(false);
      expect(await may(account, 'list', 'gateway.networking.k8s.io', 'httproutes', namespace)).toBe(false);
    }
    expect(await may(account, 'list', '', 'namespaces')).toBe(false);
  }
  // RBAC takes effect some time after the role exists.
  await converge(() => {
    const asked = auditOfSluice(ns.cluster, 0, home);
    const allowed = new Set(
      asked.filter(isAllowed).map(({ verb, objectRef }) => JSON.stringify({ verb, objectRef })),
    );
    const refused = asked.filter((event) => !isAllowed(event));
    return Promise.resolve(
      asked.length > 0 &&
        refused.every(({ verb, objectRef }) => allowed.has(JSON.stringify({ verb, objectRef }))),
    );
  });
});

function may(
  account: string,
  verb: string,
  group: string,
  resource: string,
  namespace?: string,
): Promise<boolean> {
  return mayAccount(ns.kube, { namespace: home, name: account }, { verb, group, resource, namespace });
}

function isAllowed({ annotations }: { readonly annotations?: Readonly<Record<string, string>> }): boolean {
  return annotations?.['authorization.k8s.io/decision'] === 'allow';
}

function edgeGateway(): Manifest {
  const allowedRoutes = { namespaces: { from: 'All' } };
  const plain = gateway([{ name: 'http', port: 80, protocol: 'HTTP', allowedRoutes }]);
  const spec = { ...(plain['spec'] as object), gatewayClassName: gatewayClass };
  return { ...plain, spec };
}

function inOther(object: Manifest): Manifest & { readonly metadata: { readonly namespace: string } } {
  return { ...object, metadata: { ...object.metadata, namespace: other } };
}
