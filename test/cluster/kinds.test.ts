import { afterAll, beforeAll, expect, test } from 'vitest';
import { followedKinds } from '../../src/kinds/followed-kinds.ts';
import { converge } from '../rig/envoy/converge.ts';
import { conditionOf } from './condition.ts';
import { gateway, service } from './manifests.ts';
import { TestNamespace } from './test-namespace.ts';

const namespace = 'kinds';
const parentRefs = [{ name: 'web' }];
const rules = [{ backendRefs: [{ name: 'app', port: 80 }] }];

/** The least that is accepted. Other tests have Gateways and HTTPRoutes. */
const specs: Readonly<Record<string, object>> = {
  GRPCRoute: { parentRefs, rules },
  TLSRoute: { parentRefs, hostnames: ['tls.test'], rules },
  TCPRoute: { parentRefs, rules },
  UDPRoute: { parentRefs, rules },
  BackendTLSPolicy: {
    targetRefs: [{ group: '', kind: 'Service', name: 'app' }],
    validation: { hostname: 'app.test', wellKnownCACertificates: 'System' },
  },
  ListenerSet: {
    parentRef: { name: 'web' },
    listeners: [{ name: 'more', port: 8080, protocol: 'HTTP' }],
  },
};

const kinds = followedKinds.filter(
  ({ group, kind, status }) =>
    group === 'gateway.networking.k8s.io' &&
    status !== undefined &&
    !['GatewayClass', 'Gateway', 'HTTPRoute'].includes(kind),
);

let here: TestNamespace;

beforeAll(async () => {
  here = await TestNamespace.open(namespace);
  const listeners = [
    { name: 'http', port: 80, protocol: 'HTTP' },
    { name: 'tls', port: 8443, protocol: 'TLS', tls: { mode: 'Passthrough' } },
    { name: 'tcp', port: 9000, protocol: 'TCP' },
    { name: 'udp', port: 9000, protocol: 'UDP' },
  ];
  await here.apply(
    gateway(listeners, { allowedListeners: { namespaces: { from: 'Same' } } }),
    service('app'),
  );
});
afterAll(() => here.close());

test.each(kinds)('an object of kind $kind is accepted, and says so', async ({ group, kind, versions }) => {
  const ref = { apiVersion: `${group}/${versions[0]}`, kind, metadata: { name: 'one' } };
  expect(specs).toHaveProperty(kind);
  await here.apply({ ...ref, spec: specs[kind] });
  await converge(async () => conditionOf(await here.get(ref), 'Accepted')?.status === 'True');
});
