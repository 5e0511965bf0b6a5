import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import type { Pipeline } from '../rig/pipeline/pipeline.ts';
import {
  condition,
  kind,
  later,
  lua,
  policy,
  routeOf,
  started,
  toGateway,
  toRoute,
} from '../rig/pipeline/attached-policies.ts';

async function chains(pipeline: Pipeline, host: string, port = 80): Promise<string[]> {
  const client = await pipeline.connected();
  const { virtualHosts } = client.routes(`default/web/${port}:*`) as unknown as {
    virtualHosts: readonly { domains: readonly string[]; routes: readonly object[] }[];
  };
  const routes = virtualHosts.find(({ domains }) => domains.includes(host))?.routes ?? [];
  client.close();
  return routes.map((route) => /"default\/([a-z/]+)"\}/.exec(JSON.stringify(route))?.[1] ?? 'none');
}

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

test.each([
  [kind, { lua }],
  ['SecurityPolicy', { cors: { allowOrigins: ['https://a.test'] } }],
  ['BackendTrafficPolicy', { retry: { numRetries: 1 } }],
])('%s: the younger is Conflicted', async (of, fields) => {
  const spec = { targetRefs: [toRoute('a')], ...fields };
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
