import { afterAll, beforeAll, expect, test } from 'vitest';
import { converge } from '../rig/envoy/converge.ts';
import type { Manifest } from '../rig/kube/kube-client.ts';
import { conditionOf } from './condition.ts';
import { echoPods, gateway, httpRoute, service, toService } from './manifests.ts';
import { installEnvoyCrds } from './sluice.ts';
import { TestNamespace } from './test-namespace.ts';

const apiVersion = 'gateway.envoyproxy.io/v1alpha1';
const group = 'gateway.networking.k8s.io';

let ns: TestNamespace;

beforeAll(async () => {
  ns = await TestNamespace.open('envoy-gateway-kinds');
  await ns.apply(
    gateway(),
    service('app'),
    echoPods('app'),
    httpRoute('a', 'a.test', [toService('app')]),
    httpRoute('b', 'b.test', [toService('app')]),
  );
  for (const host of ['a.test', 'b.test']) await ns.answers(host, 200);
  // Sluice is running: it must follow kinds that are installed later.
  await installEnvoyCrds(
    ns.kube,
    'BackendTrafficPolicy',
    'HTTPRouteFilter',
    'ClientTrafficPolicy',
    'Backend',
  );
});
afterAll(() => ns.close());

test('a BackendTrafficPolicy is in force at its route, and no other, and says that it is accepted', async () => {
  const policy: Manifest = {
    apiVersion,
    kind: 'BackendTrafficPolicy',
    metadata: { name: 'faults' },
    spec: {
      targetRefs: [{ group, kind: 'HTTPRoute', name: 'a' }],
      faultInjection: { abort: { httpStatus: 418 } },
    },
  };
  await ns.apply(policy);
  await ns.answers('a.test', 418);
  expect((await ns.ask('b.test')).status).toBe(200);
  await accepted(policy, 'True');
  await ns.delete(policy);
  await ns.answers('a.test', 200);
});

function clientPolicy(spec: object): Manifest {
  return {
    apiVersion,
    kind: 'ClientTrafficPolicy',
    metadata: { name: 'clients' },
    spec: { targetRefs: [{ group, kind: 'Gateway', name: 'web' }], ...spec },
  };
}

test('a ClientTrafficPolicy is in force at its Gateway, and closes it while it cannot be read', async () => {
  // Its CRD takes the text, and Envoy no such number.
  await ns.apply(clientPolicy({ connection: { bufferLimit: '5Gi' } }));
  await ns.answers('a.test', 500);
  await accepted(clientPolicy({}), 'False');
  await ns.apply(clientPolicy({ path: { escapedSlashesAction: 'RejectRequest' } }));
  await ns.answers('a.test', 200);
  await accepted(clientPolicy({}), 'True');
  await ns.delete(clientPolicy({}));
});

async function accepted(policy: Manifest, status: string): Promise<void> {
  await converge(async () => {
    const [ancestor] = ((await ns.get(policy))?.status?.['ancestors'] ?? []) as Conditions[];
    expect(ancestor?.conditions.find(({ type }) => type === 'Accepted')?.status).toBe(status);
  });
}

interface Conditions {
  readonly conditions: readonly { readonly type: string; readonly status: string }[];
}

test('a Backend takes requests at an address of its own, and without it they are answered with an error', async () => {
  const { spec } = await ns.get(service('app'));
  const address = (spec as { readonly clusterIP: string }).clusterIP;
  const backend: Manifest = {
    apiVersion,
    kind: 'Backend',
    metadata: { name: 'outside' },
    spec: { endpoints: [{ ip: { address, port: 80 } }] },
  };
  const toBackend = { backendRefs: [{ group: 'gateway.envoyproxy.io', kind: 'Backend', name: 'outside' }] };
  await ns.apply(backend, httpRoute('c', 'c.test', [toBackend]));
  await ns.answers('c.test', 200);
  await converge(async () => conditionOf(await ns.get(backend), 'Accepted')?.status === 'True');
  await ns.apply({ ...backend, spec: { endpoints: [{ ip: { address: '127.0.0.1', port: 3000 } }] } });
  await ns.answers('c.test', 500);
  await converge(async () => conditionOf(await ns.get(backend), 'Accepted')?.reason === 'Invalid');
});

test('a rule answers by its HTTPRouteFilter, and is closed without it', async () => {
  const filter: Manifest = {
    apiVersion,
    kind: 'HTTPRouteFilter',
    metadata: { name: 'busy' },
    spec: { directResponse: { statusCode: 429, body: { type: 'Inline', inline: 'later' } } },
  };
  const extensionRef = { group: 'gateway.envoyproxy.io', kind: 'HTTPRouteFilter', name: 'busy' };
  const filters = [{ type: 'ExtensionRef', extensionRef }];
  const route = httpRoute('b', 'b.test', [{ ...toService('app'), filters }]);
  await ns.apply(filter, route);
  await ns.answers('b.test', 429);
  await ns.delete(filter);
  await ns.answers('b.test', 500);
  await converge(async () => {
    expect(conditionOf(await ns.get(route), 'ResolvedRefs')?.status).toBe('False');
  });
});
