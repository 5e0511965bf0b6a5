import { expect, test } from 'vitest';
import type { DeltaClient } from '../rig/xds/delta-client.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline, type Condition } from '../rig/pipeline/pipeline.ts';

const api = 'gateway.networking.k8s.io';
const toGateway = { group: api, kind: 'Gateway', name: 'web' };
const toRoute = { group: api, kind: 'HTTPRoute', name: 'shop' };

const backends = { backendRefs: [m.backend()] };
const shop = m.httpRoute(
  [
    { name: 'buy', ...backends },
    { name: 'look', matches: [m.prefix('/look')], ...backends },
  ],
  {
    name: 'shop',
    hostnames: ['shop.test'],
  },
);
const other = m.httpRoute([{ backendRefs: [m.backend('far')] }], {
  name: 'other',
  hostnames: ['other.test'],
});
const base = [
  m.gatewayClass(),
  m.gateway([m.httpListener(), m.httpListener({ name: 'extra', port: 8080 })]),
  m.service(),
  m.service('far'),
  shop,
  other,
];

interface RouteJson {
  readonly route?: unknown;
  readonly directResponse?: { readonly status: number };
}

/** Answers of a host, route by route: the proxy's own status, or `forwarded`. */
function answers(client: DeltaClient, host: string, port = 80): (number | string)[] {
  const { virtualHosts } = client.routes(`default/web/${port}:*`) as unknown as {
    virtualHosts: readonly { domains: readonly string[]; routes: readonly RouteJson[] }[];
  };
  const found = virtualHosts.find(({ domains }) => domains.includes(host));
  return (found?.routes ?? []).map(({ directResponse }) => directResponse?.status ?? 'forwarded');
}

interface Entry {
  readonly parentRef?: object;
  readonly ancestorRef?: object;
  readonly conditions: readonly (Condition & { readonly observedGeneration: number })[];
}

function reportedCondition(pipeline: Pipeline, kind: string, name: string): Condition | undefined {
  const status = pipeline.status(kind, name) as {
    conditions?: Entry['conditions'];
    parents?: readonly Entry[];
  };
  const conditions = status.conditions ?? status.parents?.[0]?.conditions ?? [];
  return conditions.find(({ type }) => type === 'sluice.dev/PoliciesNotSupported');
}

function ancestors(pipeline: Pipeline, kind: string): readonly Entry[] {
  const status = pipeline.status(kind, 'policy') as { ancestors: readonly Entry[] } | undefined;
  return status?.ancestors ?? [];
}

async function started(policy: object, ...ignoredPolicies: string[]) {
  const pipeline = await Pipeline.started([...base, policy], { settings: { ignoredPolicies } });
  return { pipeline, client: await pipeline.connected() };
}

const served = ['forwarded', 'forwarded'];
const closed = [500, 500];

test.each<[string, object, (number | string)[], boolean]>([
  ['SecurityPolicy', { targetRefs: [toRoute] }, closed, false],
  ['SecurityPolicy', { targetRef: toRoute }, closed, false],
  ['SecurityPolicy', { targetRefs: [{ ...toRoute, sectionName: 'buy' }] }, ['forwarded', 500], false],
  ['SecurityPolicy', { targetRefs: [toGateway] }, closed, true],
  ['SecurityPolicy', { targetRefs: [{ ...toGateway, sectionName: 'http' }] }, closed, true],
  ['SecurityPolicy', { targetSelectors: [{ kind: 'Gateway', matchLabels: {} }] }, closed, true],
  ['SecurityPolicy', { targetSelectors: [{ kind: 'HTTPRoute', matchLabels: { no: 'one' } }] }, served, false],
  ['EnvoyPatchPolicy', { targetRef: toGateway }, served, false],
])('%s %j closes exactly what it restricts', async (kind, spec, ofShop, isForOther) => {
  const { pipeline, client } = await started(m.policy(kind, spec));
  expect(answers(client, 'shop.test')).toEqual(ofShop);
  expect(answers(client, 'other.test')).toEqual([isForOther ? 500 : 'forwarded']);
  pipeline.setSettings({ ignoredPolicies: [kind] });
  await pipeline.drain();
  expect(answers(client, 'shop.test')).toEqual(served);
  pipeline.setSettings({});
  await pipeline.drain();
  expect(answers(client, 'shop.test')).toEqual(ofShop);
  pipeline.delete(m.policy(kind, spec));
  await pipeline.drain();
  expect(answers(client, 'shop.test')).toEqual(served);
  expect(answers(client, 'other.test')).toEqual(['forwarded']);
});

test('a listener’s policy closes what comes by that listener', async () => {
  const { client } = await started(
    m.policy('SecurityPolicy', { targetRefs: [{ ...toGateway, sectionName: 'extra' }] }),
  );
  expect(answers(client, 'shop.test')).toEqual(served);
  expect(answers(client, 'shop.test', 8080)).toEqual(closed);
});

test.each([
  [
    'SecurityPolicy',
    { targetRefs: [toRoute] },
    'RequestsRefused',
    'requests are answered with 500 for SecurityPolicy default/policy',
  ],
  [
    'SecurityPolicy',
    { targetRefs: [toGateway] },
    'RequestsRefused',
    'requests are answered with 500 for SecurityPolicy default/policy',
  ],
])('the route says what %s %j comes to', async (kind, spec, reason, message) => {
  const { pipeline } = await started(m.policy(kind, spec));
  expect(reportedCondition(pipeline, 'HTTPRoute', 'shop')).toMatchObject({
    status: 'True',
    reason,
    observedGeneration: 5,
    message: expect.stringContaining(message) as unknown,
  });
  expect(pipeline.routeConditions('shop')['Accepted']).toMatchObject({ status: 'True' });
  pipeline.delete(m.policy(kind, spec));
  await pipeline.drain();
  expect(reportedCondition(pipeline, 'HTTPRoute', 'shop')).toBeUndefined();
});

test('the Gateway says which of its policies are not supported', async () => {
  const policy = m.policy('EnvoyPatchPolicy', { targetRef: toGateway });
  const { pipeline } = await started(policy);
  expect(reportedCondition(pipeline, 'Gateway', 'web')).toMatchObject({ reason: 'PoliciesIgnored' });
  pipeline.delete(policy);
  await pipeline.drain();
  expect(reportedCondition(pipeline, 'Gateway', 'web')).toBeUndefined();
});

test.each([
  [
    'SecurityPolicy',
    { targetRefs: [toRoute] },
    'are answered with 500 (translate.unsupportedPolicies.SecurityPolicy',
  ],
  ['EnvoyPatchPolicy', { targetRef: toGateway }, 'served as if it did not exist'],
])('%s says itself that it is not supported, and what that means', async (kind, spec, message) => {
  const { pipeline } = await started(m.policy(kind, spec));
  expect(ancestors(pipeline, kind)).toMatchObject([
    {
      ancestorRef: { kind: 'Gateway', namespace: 'default', name: 'web' },
      conditions: [
        {
          type: 'Accepted',
          status: 'False',
          reason: 'NotSupported',
          observedGeneration: 7,
          message: expect.stringContaining(message) as unknown,
        },
      ],
    },
  ]);
});

test('a section that there is not closes nothing, and is named', async () => {
  const { pipeline, client } = await started(
    m.policy('SecurityPolicy', { targetRefs: [{ ...toRoute, sectionName: 'sell' }] }),
  );
  expect(answers(client, 'shop.test')).toEqual(served);
  expect(ancestors(pipeline, 'SecurityPolicy')[0]?.conditions[0]).toMatchObject({
    reason: 'TargetNotFound',
    message: 'spec.targetRefs[0].sectionName: HTTPRoute default/shop has no rule of this name',
  });
});

test('a policy that is for no Gateway of this controller has no status', async () => {
  const { pipeline } = await started(
    m.policy('SecurityPolicy', { targetRefs: [{ ...toRoute, name: 'none' }] }),
  );
  expect(pipeline.status('SecurityPolicy', 'policy')).toBeUndefined();
});

test('across namespaces a selector needs a grant of the target’s namespace', async () => {
  const selector = { kind: 'HTTPRoute', matchLabels: {}, namespaces: { from: 'All' } };
  const policy = m.policy('SecurityPolicy', { targetSelectors: [selector] }, { namespace: 'safe' });
  const { pipeline, client } = await started(policy);
  expect(answers(client, 'shop.test')).toEqual(served);
  const from = { group: 'gateway.envoyproxy.io', kind: 'SecurityPolicy', namespace: 'safe' };
  const grant = m.referenceGrant(from, { group: api, kind: 'HTTPRoute', name: 'shop' }, 'default');
  pipeline.apply(grant);
  await pipeline.drain();
  expect(answers(client, 'shop.test')).toEqual(closed);
  expect(answers(client, 'other.test')).toEqual(['forwarded']);
  pipeline.delete(grant);
  await pipeline.drain();
  expect(answers(client, 'shop.test')).toEqual(served);
});

test('a selector may ask for namespaces by their labels', async () => {
  const namespaces = { from: 'Selector', selector: { matchLabels: { team: 'a' } } };
  const selector = {
    kind: 'HTTPRoute',
    matchExpressions: [{ key: 'no', operator: 'DoesNotExist' }],
    namespaces,
  };
  const { pipeline, client } = await started(m.policy('SecurityPolicy', { targetSelectors: [selector] }));
  expect(answers(client, 'shop.test')).toEqual(served);
  const metadata = { name: 'default', labels: { team: 'a' } };
  pipeline.apply({ apiVersion: 'v1', kind: 'Namespace', metadata });
  await pipeline.drain();
  expect(answers(client, 'shop.test')).toEqual(closed);
});
