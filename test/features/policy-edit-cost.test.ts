import { expect, test } from 'vitest';
import { CountingPool } from '../rig/pipeline/counting-pool.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { backends, base, lua, policy, routeOf, toRoute } from '../rig/pipeline/attached-policies.ts';

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
