import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { ancestors, kind, later, lua, policy, routeOf } from '../rig/pipeline/attached-policies.ts';
import { CountingPool } from '../rig/pipeline/counting-pool.ts';
import { Pipeline, type Condition } from '../rig/pipeline/pipeline.ts';

const all = { namespaces: { from: 'All' } };
const listener = (name: string): object =>
  m.httpListener({ name, hostname: `*.${name}.test`, allowedRoutes: all });
const set = (name: string, listeners: readonly string[], options: object = {}): object =>
  m.listenerSet(listeners.map(listener), { name, ...options });
const base = [
  m.gatewayClass(),
  m.gateway([listener('own')], { allowedListeners: all }),
  set('one', ['a', 'b']),
  set('two', ['c']),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
];
const toSet = (name: string, sectionName?: string): object => ({
  kind: 'ListenerSet',
  name,
  ...(sectionName === undefined ? {} : { sectionName }),
});
const toGateway = (sectionName?: string): object => ({ ...toSet('web', sectionName), kind: 'Gateway' });
const toRoute = { kind: 'HTTPRoute', name: 'route' };
const parentRefs = [toGateway(), toSet('one'), toSet('two')];
const route = routeOf('route', { parentRefs, hostnames: ['x.own.test', 'x.a.test', 'x.b.test', 'x.c.test'] });

async function started(...manifests: readonly object[]): Promise<Pipeline> {
  return Pipeline.started([...base, route, ...manifests], { settings: { lua: true } });
}

/** Returns the policy whose plugins run on requests for each listener. */
async function inForce(pipeline: Pipeline): Promise<Record<string, string>> {
  const client = await pipeline.connected();
  const { virtualHosts } = client.routes('default/web/80:*') as unknown as {
    virtualHosts: readonly { domains: readonly string[]; routes?: readonly object[] }[];
  };
  client.close();
  return Object.fromEntries(
    ['own', 'a', 'b', 'c'].map((name) => {
      const host = virtualHosts.find(({ domains }) => domains.includes(`x.${name}.test`));
      const chains = JSON.stringify(host?.routes ?? []).matchAll(/"default\/([a-z/]+)"\}/g);
      return [name, [...chains].find(([, chain = '']) => !chain.startsWith('route'))?.[1] ?? 'none'];
    }),
  );
}

function conditionsOf(pipeline: Pipeline, name: string): Record<string, Record<string, string>> {
  const entries = ancestors(pipeline, name).map(({ ancestorRef, conditions }) => {
    const { sectionName } = ancestorRef;
    const text = `${ancestorRef.name}${sectionName === undefined ? '' : `/${sectionName}`}`;
    return [text, Object.fromEntries(conditions.map((one) => [one.type, messageOf(one)]))] as const;
  });
  return Object.fromEntries(entries);
}

function messageOf({ type, reason, message }: Condition): string {
  return type === 'Accepted' ? reason : message;
}

const merged = (names: string): string => `merged with ${names}, as routes come by its Gateway or listener`;
const without = (names: string): string => `not in force at ${names}, with policies of their own`;
test.each<[string, object[], Record<string, string>]>([
  ['the Gateway reaches its ListenerSets', [toGateway()], { own: 'p', a: 'p', b: 'p', c: 'p' }],
  [
    'a listener of the Gateway has none of them',
    [toGateway('own')],
    { own: 'p', a: 'none', b: 'none', c: 'none' },
  ],
  [
    'a ListenerSet is in force at its own listeners',
    [toSet('one')],
    { own: 'none', a: 'p', b: 'p', c: 'none' },
  ],
  [
    'a listener of a ListenerSet is in force there alone',
    [toSet('one', 'b')],
    { own: 'none', a: 'none', b: 'p', c: 'none' },
  ],
])('a policy at %s', async (_what, targetRefs, wanted) => {
  const pipeline = await started(policy('p', { targetRefs }));
  expect(await inForce(pipeline)).toEqual(wanted);
});

test('the more specific policy is in force: rule, route, listener, ListenerSet, Gateway', async () => {
  const policies = [
    policy('gateway', { targetRefs: [toGateway()] }),
    policy('sibling', { targetRefs: [toGateway('own')] }),
    policy('set', { targetRefs: [toSet('one')] }),
    policy('listener', { targetRefs: [toSet('one', 'a')] }),
  ];
  const pipeline = await started(...policies);
  expect(await inForce(pipeline)).toEqual({ own: 'sibling', a: 'listener', b: 'set', c: 'gateway' });
  for (const manifest of policies.toReversed()) {
    pipeline.delete(manifest);
    pipeline.apply(manifest);
  }
  await pipeline.drain();
  expect(await inForce(pipeline)).toEqual({ own: 'sibling', a: 'listener', b: 'set', c: 'gateway' });
  pipeline.apply(policy('mine', { targetRefs: [toRoute] }));
  await pipeline.drain();
  expect(await inForce(pipeline)).toEqual({ own: 'mine', a: 'mine', b: 'mine', c: 'mine' });
  pipeline.delete(policy('mine', {}), policy('listener', {}));
  await pipeline.drain();
  expect(await inForce(pipeline)).toEqual({ own: 'sibling', a: 'set', b: 'set', c: 'gateway' });
  pipeline.delete(policy('set', {}));
  await pipeline.drain();
  expect(await inForce(pipeline)).toEqual({ own: 'sibling', a: 'gateway', b: 'gateway', c: 'gateway' });
});

test('a policy merges with the closest one above: of the listener, else the ListenerSet, else the Gateway', async () => {
  const pipeline = await started(
    policy('gateway', { targetRefs: [toGateway()] }),
    policy('set', { targetRefs: [toSet('one')] }),
    policy('listener', { targetRefs: [toSet('one', 'a')] }),
    policy('child', { targetRefs: [toRoute], lua: [], mergeType: 'StrategicMerge' }),
  );
  expect(await inForce(pipeline)).toEqual({
    own: 'child/default/gateway',
    a: 'child/default/listener',
    b: 'child/default/set',
    c: 'child/default/gateway',
  });
  expect(conditionsOf(pipeline, 'child')).toEqual({
    web: { Accepted: 'Accepted', Merged: merged('default/gateway') },
    one: { Accepted: 'Accepted', Merged: merged('default/listener, default/set') },
    two: { Accepted: 'Accepted', Merged: merged('default/gateway') },
  });
});

test('ancestors are the objects that are named: a ListenerSet, its listener, and what a route names as its parents', async () => {
  const pipeline = await started(
    policy('set', { targetRefs: [toSet('one'), toSet('one', 'b'), toSet('two', 'none')] }),
    policy('mine', { targetRefs: [toRoute] }),
  );
  const refs = (name: string): object[] => ancestors(pipeline, name).map(({ ancestorRef }) => ancestorRef);
  const ref = { group: 'gateway.networking.k8s.io', kind: 'ListenerSet', namespace: 'default' };
  expect(refs('set')).toEqual([
    { ...ref, name: 'one', sectionName: 'b' },
    { ...ref, name: 'one' },
    { ...ref, name: 'two', sectionName: 'none' },
  ]);
  expect(refs('mine')).toEqual([
    { ...ref, kind: 'Gateway', name: 'web' },
    { ...ref, name: 'one' },
    { ...ref, name: 'two' },
  ]);
  expect(conditionsOf(pipeline, 'set')['two/none']).toEqual({ Accepted: 'TargetNotFound' });
});

test('general policies name what has its own', async () => {
  const pipeline = await started(
    routeOf('plain', { parentRefs: [toSet('two', 'c')], hostnames: ['y.c.test'] }),
    policy('gateway', { targetRefs: [toGateway()] }),
    policy('own', { targetRefs: [toGateway('own')] }),
    policy('set', { targetRefs: [toSet('one')] }),
    policy('listener', { targetRefs: [toSet('one', 'a')] }),
    policy('c', { targetRefs: [toSet('two', 'c')] }),
    policy('plain', { targetRefs: [{ kind: 'HTTPRoute', name: 'plain' }] }),
  );
  expect(conditionsOf(pipeline, 'gateway')).toMatchObject({
    web: {
      Overridden: without(
        'HTTPRoute default/plain, ListenerSet default/one, ListenerSet default/two, listener own of Gateway default/web',
      ),
    },
  });
  expect(conditionsOf(pipeline, 'own')).toEqual({ 'web/own': { Accepted: 'Accepted' } });
  expect(conditionsOf(pipeline, 'set')).toMatchObject({
    one: { Overridden: without('listener a of ListenerSet default/one') },
  });
  expect(conditionsOf(pipeline, 'c')).toMatchObject({
    'two/c': { Overridden: without('HTTPRoute default/plain') },
  });
});

test('the older of two policies at a listener of a ListenerSet has it', async () => {
  const pipeline = await started(
    policy('young', { targetRefs: [toSet('one', 'a')] }, later),
    policy('old', { targetRefs: [toSet('one', 'a')] }),
  );
  expect(conditionsOf(pipeline, 'young')).toEqual({ 'one/a': { Accepted: 'Conflicted' } });
  expect(await inForce(pipeline)).toMatchObject({ a: 'old', b: 'none' });
});

test('selectors select ListenerSets: in other namespaces where a grant permits it', async () => {
  const selecting = policy(
    'p',
    {
      targetSelectors: [{ kind: 'ListenerSet', matchLabels: { team: 'a' }, namespaces: { from: 'All' } }],
    },
    later,
    'far',
  );
  const grant = m.referenceGrant(
    { group: 'gateway.envoyproxy.io', kind, namespace: 'far' },
    { group: 'gateway.networking.k8s.io', kind: 'ListenerSet' },
    'default',
  );
  const pipeline = await started(set('two', ['c'], { labels: { team: 'a' } }), selecting);
  expect(ancestors(pipeline, 'p', kind, 'far')).toEqual([]);
  pipeline.apply(grant);
  await pipeline.drain();
  expect(ancestors(pipeline, 'p', kind, 'far').map(({ ancestorRef }) => ancestorRef.name)).toEqual(['two']);
  pipeline.delete(grant);
  await pipeline.drain();
  expect(ancestors(pipeline, 'p', kind, 'far')).toEqual([]);
});

test('a policy of a ListenerSet that its Gateway does not allow has no status, and goes with it to another', async () => {
  const closed = m.gateway([m.httpListener()], { name: 'closed' });
  const pipeline = await started(closed, policy('p', { targetRefs: [toSet('one')] }));
  expect(Object.keys(conditionsOf(pipeline, 'p'))).toEqual(['one']);
  pipeline.apply(set('one', ['a', 'b'], { parentRef: { name: 'closed' } }));
  await pipeline.drain();
  expect(conditionsOf(pipeline, 'p')).toEqual({});
  expect(await inForce(pipeline)).toMatchObject({ a: 'none', c: 'none' });
  pipeline.apply(set('one', ['a', 'b']));
  await pipeline.drain();
  expect(await inForce(pipeline)).toMatchObject({ a: 'p', b: 'p', c: 'none' });
});

test('mergeType is for policies of routes alone', async () => {
  const pipeline = await started(
    m.policy('BackendTrafficPolicy', { targetRefs: [toSet('one')], mergeType: 'JSONMerge' }, { name: 'p' }),
  );
  expect(ancestors(pipeline, 'p', 'BackendTrafficPolicy')[0]?.conditions[0]).toMatchObject({
    reason: 'Invalid',
    message: 'spec.mergeType: is for policies of routes alone; its routes answer 500',
  });
});

test('a policy of a ListenerSet costs its own routes, whatever else its Gateway has', async () => {
  const others = Array.from({ length: 50 }, (_, i) => [
    set(`s${i}`, [`l${i}`]),
    routeOf(`r${i}`, { parentRefs: [toSet(`s${i}`)], hostnames: [`x.l${i}.test`] }),
  ]).flat();
  const pool = new CountingPool();
  const pipeline = await Pipeline.started([...base, ...others, policy('p', { targetRefs: [toSet('s7')] })], {
    settings: { lua: true },
    pools: { config: pool },
  });
  pool.take();
  pipeline.apply(policy('p', { targetRefs: [toSet('s7')], lua: [...lua, ...lua] }));
  await pipeline.settle();
  expect([...pool.take().sent.keys()].sort()).toEqual([
    'AttachedPolicies/default/web/ListenerSet/default/s7',
    'AttachedRoute/default/web/HTTPRoute/default/r7',
    'EnvoyExtensionPolicy/default/p',
    'PluginChain/default/p',
  ]);
  pipeline.delete(policy('p', {}));
  await pipeline.settle();
  expect([...pool.take().sent.keys()].sort()).toEqual([
    'AttachedPolicies/default/web/ListenerSet/default/s7',
    'AttachedRoute/default/web/HTTPRoute/default/r7',
    'HTTPRoute/default/r7',
    'PluginChain/default/p',
  ]);
  pipeline.apply(set('s7', ['l7'], { labels: { some: 'label' } }));
  await pipeline.settle();
  expect([...pool.take().sent.keys()].filter((unit) => /Route/.test(unit))).toEqual([]);
});
