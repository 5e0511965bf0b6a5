import { expect, test } from 'vitest';
import { CountingPool } from '../rig/pipeline/counting-pool.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { ancestors, base, kind, later, policy, routeOf, started } from '../rig/pipeline/attached-policies.ts';

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
