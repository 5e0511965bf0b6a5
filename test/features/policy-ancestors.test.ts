import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import {
  ancestors,
  condition,
  policy,
  routeOf,
  started,
  toGateway,
  toRoute,
} from '../rig/pipeline/attached-policies.ts';

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
