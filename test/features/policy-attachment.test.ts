import { expect, test } from 'vitest';
import { CountingPool } from '../rig/pipeline/counting-pool.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline, type Condition } from '../rig/pipeline/pipeline.ts';

const kind = 'EnvoyExtensionPolicy';
const lua = [{ inline: 'function envoy_on_request(handle) end' }];
const toRoute = (name: string, sectionName?: string): object => ({
  kind: 'HTTPRoute',
  name,
  ...(sectionName === undefined ? {} : { sectionName }),
});
const toGateway = (sectionName?: string): object => ({
  kind: 'Gateway',
  name: 'web',
  ...(sectionName === undefined ? {} : { sectionName }),
});

const backends = { backendRefs: [m.backend()] };
const base = [
  m.gatewayClass(),
  m.gateway([m.httpListener(), m.httpListener({ name: 'extra', port: 8080 })]),
  m.service(),
];

function routeOf(name: string, options: m.RouteOptions = {}): object {
  const rules = [
    { name: 'all', ...backends },
    { name: 'part', matches: [m.prefix('/part')], ...backends },
  ];
  return m.httpRoute(rules, { name, hostnames: [`${name}.test`], ...options });
}

function policy(name: string, spec: object, created = '2026-01-01T00:00:00Z', namespace = 'default'): object {
  return m.policy(kind, { lua, ...spec }, { name, namespace, creationTimestamp: created });
}

async function started(...manifests: readonly object[]): Promise<Pipeline> {
  return Pipeline.started([...base, ...manifests], { settings: { lua: true } });
}

interface Ancestor {
  readonly ancestorRef: { readonly name: string; readonly sectionName?: string };
  readonly conditions: readonly Condition[];
}

function ancestors(pipeline: Pipeline, name: string, of = kind, namespace = 'default'): readonly Ancestor[] {
  const status = pipeline.status(of, name, namespace) as { ancestors: readonly Ancestor[] } | undefined;
  return status?.ancestors ?? [];
}

function condition(pipeline: Pipeline, name: string, type: string, of = kind): Condition | undefined {
  return ancestors(pipeline, name, of)[0]?.conditions.find((one) => one.type === type);
}

async function chains(pipeline: Pipeline, host: string, port = 80): Promise<string[]> {
  const client = await pipeline.connected();
  const { virtualHosts } = client.routes(`default/web/${port}:*`) as unknown as {
    virtualHosts: readonly { domains: readonly string[]; routes: readonly object[] }[];
  };
  const routes = virtualHosts.find(({ domains }) => domains.includes(host))?.routes ?? [];
  client.close();
  return routes.map((route) => /"default\/([a-z/]+)"\}/.exec(JSON.stringify(route))?.[1] ?? 'none');
}

const later = '2026-02-01T00:00:00Z';

test.each<[string, object[], string[]]>([
  [
    'the rule',
    [
      policy('g', { targetRefs: [toGateway()] }),
      policy('l', { targetRefs: [toGateway('http')] }),
      policy('r', { targetRefs: [toRoute('a')] }),
      policy('s', { targetRefs: [toRoute('a', 'part')] }),
    ],
    ['s', 'r'],
  ],
  [
    'the route',
    [
      policy('g', { targetRefs: [toGateway()] }),
      policy('l', { targetRefs: [toGateway('http')] }),
      policy('r', { targetRefs: [toRoute('a')] }),
    ],
    ['r', 'r'],
  ],
  [
    'the listener',
    [policy('g', { targetRefs: [toGateway()] }), policy('l', { targetRefs: [toGateway('http')] })],
    ['l', 'l'],
  ],
  [
    'the Gateway',
    [policy('g', { targetRefs: [toGateway()] }), policy('l', { targetRefs: [toGateway('extra')] })],
    ['g', 'g'],
  ],
  [
    'the older',
    [policy('x', { targetRefs: [toRoute('a')] }, later), policy('y', { targetRefs: [toRoute('a')] })],
    ['y', 'y'],
  ],
  [
    'the first by name',
    [policy('y', { targetRefs: [toRoute('a')] }), policy('x', { targetRefs: [toRoute('a')] })],
    ['x', 'x'],
  ],
  [
    'one that selects and is older',
    [
      policy('x', { targetRefs: [toRoute('a')] }, later),
      policy('y', { targetSelectors: [{ kind: 'HTTPRoute', matchLabels: {} }] }),
    ],
    ['y', 'y'],
  ],
])('the most specific policy decides, of equal ones the oldest: %s', async (_what, policies, wanted) => {
  const pipeline = await started(routeOf('a'), ...policies);
  expect(await chains(pipeline, 'a.test')).toEqual(wanted);
  for (const manifest of policies.toReversed()) {
    pipeline.delete(manifest);
    pipeline.apply(manifest);
  }
  await pipeline.drain();
  expect(await chains(pipeline, 'a.test')).toEqual(wanted);
});

test.each([kind, 'SecurityPolicy', 'BackendTrafficPolicy'])('%s: the younger is Conflicted', async (of) => {
  const spec = { targetRefs: [toRoute('a')], lua };
  const pipeline = await started(
    routeOf('a'),
    m.policy(of, spec, { name: 'young', creationTimestamp: later }),
    m.policy(of, spec, { name: 'old', creationTimestamp: '2026-01-01T00:00:00Z' }),
  );
  expect(condition(pipeline, 'young', 'Accepted', of)).toMatchObject({
    status: 'False',
    reason: 'Conflicted',
    message: 'an older policy has the same targets: default/old',
  });
  expect(condition(pipeline, 'old', 'Accepted', of)?.reason).not.toBe('Conflicted');
  pipeline.delete(m.policy(of, spec, { name: 'old' }));
  await pipeline.drain();
  expect(condition(pipeline, 'young', 'Accepted', of)?.reason).not.toBe('Conflicted');
});

test('a policy that is conflicted at one target and in force at another says both', async () => {
  const pipeline = await started(
    routeOf('a'),
    routeOf('b'),
    policy('young', { targetRefs: [toRoute('a'), toRoute('b')] }, later),
    policy('old', { targetRefs: [toRoute('a')] }),
  );
  expect(condition(pipeline, 'young', 'Accepted')).toMatchObject({
    status: 'True',
    message: expect.stringContaining(
      'spec.targetRefs[0]: HTTPRoute default/a has the older policy default/old',
    ) as unknown,
  });
});

test('policies of one kind do not conflict with those of another', async () => {
  const spec = { targetRefs: [toRoute('a')] };
  const pipeline = await started(
    routeOf('a'),
    m.policy('BackendTrafficPolicy', spec, { name: 'first' }),
    policy('p', spec),
  );
  expect(condition(pipeline, 'p', 'Accepted')).toMatchObject({ status: 'True' });
});

test('the general policy names where more specific ones are in its place', async () => {
  const pipeline = await started(
    routeOf('a'),
    routeOf('b', { parentRefs: [{ name: 'web', sectionName: 'extra' }] }),
    policy('gateway', { targetRefs: [toGateway()] }),
    policy('listener', { targetRefs: [toGateway('http')] }),
    policy('route', { targetRefs: [toRoute('a')] }),
    policy('rule', { targetRefs: [toRoute('a', 'part')] }),
    policy('elsewhere', { targetRefs: [toRoute('b')] }),
  );
  const overridden = (name: string): string | undefined => condition(pipeline, name, 'Overridden')?.message;
  expect(overridden('gateway')).toBe(
    'not in force at HTTPRoute default/a, HTTPRoute default/b, listener http of Gateway default/web, with policies of their own',
  );
  expect(overridden('listener')).toBe('not in force at HTTPRoute default/a, with policies of their own');
  expect(overridden('route')).toBe(
    'not in force at rule part of HTTPRoute default/a, with policies of their own',
  );
  expect(overridden('rule')).toBeUndefined();
  expect(condition(pipeline, 'gateway', 'Accepted')).toMatchObject({ status: 'True' });
  pipeline.delete(policy('rule', {}), policy('route', {}), policy('elsewhere', {}));
  await pipeline.drain();
  expect(overridden('route')).toBeUndefined();
  expect(overridden('listener')).toBeUndefined();
});

test('a policy that merges is no override: parent and child both say that they are merged', async () => {
  const pipeline = await started(
    routeOf('a'),
    policy('gateway', { targetRefs: [toGateway()] }),
    policy('route', { targetRefs: [toRoute('a')], mergeType: 'StrategicMerge' }),
  );
  expect(condition(pipeline, 'gateway', 'Overridden')).toBeUndefined();
  expect(condition(pipeline, 'gateway', 'Merged')).toMatchObject({
    status: 'True',
    message: 'merged into the policies of HTTPRoute default/a',
  });
  expect(condition(pipeline, 'route', 'Merged')).toMatchObject({
    status: 'True',
    message: 'merged with default/gateway, as routes come by its Gateway or listener',
  });
  pipeline.delete(policy('gateway', {}));
  await pipeline.drain();
  expect(condition(pipeline, 'route', 'Merged')).toBeUndefined();
});

test('the ancestors of a route are its parents as it names them', async () => {
  const parentRefs = [
    { name: 'web', sectionName: 'http' },
    { name: 'web', sectionName: 'extra' },
    { name: 'none', sectionName: 'x' },
  ];
  const pipeline = await started(routeOf('a', { parentRefs }), policy('p', { targetRefs: [toRoute('a')] }));
  expect(ancestors(pipeline, 'p').map(({ ancestorRef }) => ancestorRef)).toEqual(
    ['extra', 'http'].map((sectionName) => ({
      group: 'gateway.networking.k8s.io',
      kind: 'Gateway',
      namespace: 'default',
      name: 'web',
      sectionName,
    })),
  );
});

test('of more than 16 ancestors those that are at fault are kept, and the last one says that some are left out', async () => {
  const names = Array.from({ length: 20 }, (_, i) => `g${String(i).padStart(2, '0')}`);
  const gateways = names.map((name) => m.gateway([m.httpListener()], { name }));
  const routes = names.map((name) => routeOf(name, { parentRefs: [{ name }] }));
  const sectioned = { ...toRoute('g19'), sectionName: 'none' };
  const targets = names.slice(0, -1).map((name) => toRoute(name));
  const pipeline = await started(
    ...gateways,
    ...routes,
    policy('p', {
      targetRefs: [...targets.slice(0, 15), sectioned],
      targetSelectors: [{ kind: 'HTTPRoute', matchLabels: { more: 'yes' } }],
    }),
    ...names.slice(15, -1).map((name) => routeOf(name, { parentRefs: [{ name }], labels: { more: 'yes' } })),
  );
  const found = ancestors(pipeline, 'p');
  expect(found).toHaveLength(16);
  expect(
    found.flatMap(({ conditions }) => conditions.filter(({ reason }) => reason === 'TargetNotFound')),
  ).toHaveLength(1);
  expect(found.map(({ conditions }) => conditions.some(({ type }) => type === 'Aggregated'))).toEqual([
    ...Array.from({ length: 15 }, () => false),
    true,
  ]);
});

const selectors: readonly [object, boolean][] = [
  [{ matchLabels: { team: 'a' } }, true],
  [{ matchLabels: { team: 'a', zone: 'z' } }, true],
  [{ matchLabels: { team: 'b' } }, false],
  [{ matchLabels: { team: 'a', zone: 'y' } }, false],
  [{ matchExpressions: [{ key: 'team', operator: 'In', values: ['b', 'a'] }] }, true],
  [{ matchExpressions: [{ key: 'team', operator: 'In', values: ['b'] }] }, false],
  [{ matchExpressions: [{ key: 'team', operator: 'Exists' }] }, true],
  [{ matchExpressions: [{ key: 'none', operator: 'Exists' }] }, false],
  [{ matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['b'] }] }, true],
  [{ matchExpressions: [{ key: 'none', operator: 'DoesNotExist' }] }, true],
  [{ matchExpressions: [{ key: 'team', operator: 'DoesNotExist' }] }, false],
  [{}, true],
  [{ matchLabels: { team: 'a' }, matchExpressions: [{ key: 'zone', operator: 'DoesNotExist' }] }, false],
];

test.each(selectors)(
  'the selector %j selects: %s, in its namespace and in others',
  async (selector, isSelected) => {
    const grant = m.referenceGrant(
      { group: 'gateway.envoyproxy.io', kind, namespace: 'far' },
      { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' },
      'default',
    );
    const of = { kind: 'HTTPRoute', ...selector };
    const route = routeOf('a', { labels: { team: 'a', zone: 'z' } });
    for (const from of ['Same', 'All']) {
      const namespace = from === 'All' ? 'far' : 'default';
      const spec = { targetSelectors: [{ ...of, namespaces: { from } }] };
      const pipeline = await started(route, grant, policy('p', spec, later, namespace));
      expect(ancestors(pipeline, 'p', kind, namespace)).toHaveLength(isSelected ? 1 : 0);
    }
  },
);

test('at 200 Gateways, the edit of a route with a policy is at most four units, and a policy edit its own places', async () => {
  const names = Array.from({ length: 200 }, (_, i) => `g${i}`);
  const pool = new CountingPool();
  const target = { targetRefs: [toRoute('a')] };
  const pipeline = await Pipeline.started(
    [
      ...base,
      routeOf('a'),
      policy('p', target),
      ...names.flatMap((name) => [
        m.gateway([m.httpListener()], { name }),
        routeOf(name, { parentRefs: [{ name }] }),
      ]),
    ],
    { settings: { lua: true }, pools: { config: pool } },
  );
  pool.take();
  pipeline.apply(
    m.httpRoute([{ name: 'all', matches: [m.prefix('/new')], ...backends }], {
      name: 'a',
      hostnames: ['a.test'],
    }),
  );
  await pipeline.settle();
  expect([...pool.take().sent.keys()].sort()).toEqual([
    'AttachedPolicies/default/web/HTTPRoute/default/a',
    'AttachedRoute/default/web/HTTPRoute/default/a',
    'HTTPRoute/default/a',
  ]);
  pipeline.apply(policy('p', { ...target, lua: [...lua, ...lua] }));
  await pipeline.settle();
  expect([...pool.take().sent.keys()].sort()).toEqual([
    'AttachedPolicies/default/web/HTTPRoute/default/a',
    'AttachedRoute/default/web/HTTPRoute/default/a',
    'EnvoyExtensionPolicy/default/p',
    'PluginChain/default/p',
  ]);
});

test('a policy with selectors that matches nothing comes and goes for itself alone', async () => {
  const pool = new CountingPool();
  const routes = Array.from({ length: 50 }, (_, i) => routeOf(`r${i}`, { labels: { team: 'a' } }));
  const pipeline = await Pipeline.started([...base, ...routes], { pools: { config: pool } });
  const selecting = policy('p', { targetSelectors: [{ kind: 'HTTPRoute', matchLabels: { team: 'b' } }] });
  pool.take();
  pipeline.apply(selecting);
  await pipeline.settle();
  expect([...pool.take().sent.keys()]).toEqual(['EnvoyExtensionPolicy/default/p']);
  pipeline.delete(selecting);
  await pipeline.settle();
  expect([...pool.take().sent.keys()]).toEqual([]);
});
