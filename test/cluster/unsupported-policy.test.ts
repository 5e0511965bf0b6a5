import { afterAll, beforeAll, expect, test } from 'vitest';
import { converge } from '../rig/envoy/converge.ts';
import { conditionOf } from './condition.ts';
import type { Manifest } from '../rig/kube/kube-client.ts';
import { echoPods, gateway, httpRoute, service, toService } from './manifests.ts';
import { unsupportedPart } from '../rig/objects/security-parts.ts';
import { TestNamespace } from './test-namespace.ts';
import { installEnvoyCrds } from './sluice.ts';

const envoyKinds = ['SecurityPolicy', 'EnvoyPatchPolicy'];

let ns: TestNamespace;

beforeAll(async () => {
  ns = await TestNamespace.open('unsupported-policy');
  await ns.apply(
    gateway(),
    service('app'),
    service('safe', {}, 'app'),
    echoPods('app'),
    httpRoute('a', 'a.test', [toService('app')]),
    httpRoute('b', 'b.test', [toService('app')]),
    httpRoute('s', 's.test', [toService('safe')]),
  );
  for (const host of ['a.test', 'b.test', 's.test']) await ns.answers(host, 200);
  // Sluice is running: it must follow kinds that are installed later.
  await installEnvoyCrds(ns.kube, ...envoyKinds);
});
afterAll(() => ns.close());

test('a SecurityPolicy with what is not supported closes its routes, and no other, and says so', async () => {
  const closing = policyOf('SecurityPolicy', toRoute('a'), unsupportedPart);
  await ns.apply(closing);
  await ns.answers('a.test', 500);
  expect((await ns.ask('b.test')).status).toBe(200);
  expect(await accepted(closing)).toMatchObject({ status: 'False', reason: 'Invalid' });
  await ns.delete(closing);
  await ns.answers('a.test', 200);
});

test('a SecurityPolicy lets requests pass by its rules alone', async () => {
  const rules = [{ action: 'Allow', principal: { clientCIDRs: ['192.0.2.0/24'] } }];
  const closing = policyOf('SecurityPolicy', toRoute('a'), { authorization: { rules } });
  await ns.apply(closing);
  await ns.answers('a.test', 403);
  expect(await accepted(closing)).toMatchObject({ status: 'True', reason: 'Accepted' });
  const open = policyOf('SecurityPolicy', toRoute('a'), { authorization: { defaultAction: 'Allow', rules } });
  await ns.apply(open);
  await ns.answers('a.test', 200);
  await ns.delete(open);
});

test('a BackendTLSPolicy without a usable CA closes its backend', async () => {
  const safe = { group: '', kind: 'Service', name: 'safe' };
  const caCertificateRefs = [{ group: '', kind: 'ConfigMap', name: 'missing' }];
  const validation = { hostname: 'safe.test', caCertificateRefs };
  const tls: Manifest = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'BackendTLSPolicy',
    metadata: { name: 'policy' },
    spec: { targetRefs: [safe], validation },
  };
  await ns.apply(tls);
  await ns.answers('s.test', 503);
  expect((await ns.ask('b.test')).status).toBe(200);
  expect(await accepted(tls)).toMatchObject({ status: 'False', reason: 'NoValidCACertificate' });
  await ns.delete(tls);
  await ns.answers('s.test', 200);
});

test.each(['EnvoyPatchPolicy'])(
  'a %s of the Gateway closes nothing, and says that it is not supported',
  async (kind) => {
    const policy = policyOf(kind, { group: gatewayGroup, kind: 'Gateway', name: 'web' });
    await ns.apply(policy);
    expect(await accepted(policy)).toMatchObject({ status: 'False', reason: 'NotSupported' });
    await converge(async () => {
      const found = conditionOf(await ns.get(gateway()), 'sluice.dev/PoliciesNotSupported');
      expect(found?.message).toContain(kind);
    });
    expect((await ns.ask('a.test')).status).toBe(200);
    await ns.delete(policy);
    await converge(async () => {
      const found = conditionOf(await ns.get(gateway()), 'sluice.dev/PoliciesNotSupported');
      expect(found).toBeUndefined();
    });
  },
);

const gatewayGroup = 'gateway.networking.k8s.io';

function toRoute(name: string): object {
  return { group: gatewayGroup, kind: 'HTTPRoute', name };
}

function policyOf(kind: string, target: object, fields: object = {}): Manifest {
  const spec =
    kind === 'EnvoyPatchPolicy'
      ? { type: 'JSONPatch', targetRef: target }
      : { targetRefs: [target], ...fields };
  return {
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind,
    metadata: { name: 'policy' },
    spec,
  };
}

async function accepted(policy: Manifest): Promise<unknown> {
  return await converge(async () => {
    const found = conditionOf(await ns.get(policy), 'Accepted');
    if (found === undefined) throw new Error('the policy has no status');
    return found;
  });
}
