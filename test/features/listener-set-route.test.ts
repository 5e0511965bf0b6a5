import { expect, test } from 'vitest';
import { resourceKey } from '../../src/lib/key.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline, type Condition } from '../rig/pipeline/pipeline.ts';
import type { DeltaClient } from '../rig/xds/delta-client.ts';

const allowedListeners = { namespaces: { from: 'All' } };
const listener = (name: string, fields: object = {}): object =>
  m.httpListener({ name, hostname: `${name}.test`, ...fields });
const base = [
  m.gatewayClass(),
  m.gateway([listener('gateway')], { allowedListeners }),
  m.listenerSet([listener('a'), listener('b')], { name: 'one' }),
  m.listenerSet([listener('c')], { name: 'two' }),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
];

const toSet = (name: string, fields: object = {}): object => ({ kind: 'ListenerSet', name, ...fields });
const toGateway = (fields: object = {}): object => ({ name: 'web', ...fields });

function route(parentRefs: readonly object[], options: m.RouteOptions = {}): object {
  return m.httpRoute([{ backendRefs: [m.backend()] }], { parentRefs, ...options });
}

/** Domains in which some route answers. */
function routed(client: DeltaClient): string[] {
  const hosts = client.routes('default/web/80:*')['virtualHosts'] as {
    domains: string[];
    routes?: unknown[];
  }[];
  return hosts
    .filter(({ routes = [] }) => routes.length > 0)
    .map((host) => host.domains.join())
    .sort();
}

interface RouteStatus {
  readonly parents: readonly { readonly parentRef: object; readonly conditions: readonly Condition[] }[];
}

/** Lists `Accepted` by parent. */
function accepted(pipeline: Pipeline, namespace = 'default'): (string | undefined)[] {
  const status = pipeline.controller.status(resourceKey('HTTPRoute', namespace, 'route')) as
    | RouteStatus
    | undefined;
  return (status?.parents ?? []).map(({ conditions }) => {
    const found = conditions.find(({ type }) => type === 'Accepted');
    return `${found?.status} ${found?.reason}`;
  });
}

function counts(pipeline: Pipeline, kind: string, name: string): Record<string, number> {
  const status = pipeline.controller.status(resourceKey(kind, 'default', name)) as {
    readonly listeners: readonly { readonly name: string; readonly attachedRoutes: number }[];
  };
  return Object.fromEntries(status.listeners.map((one) => [one.name, one.attachedRoutes]));
}

test.each([
  ['a ListenerSet: all of its listeners', [toSet('one')], ['a.test', 'b.test'], ['True Accepted']],
  ['a section of it', [toSet('one', { sectionName: 'b' })], ['b.test'], ['True Accepted']],
  ['the Gateway: its own listeners alone', [toGateway()], ['gateway.test'], ['True Accepted']],
  [
    'a section of a ListenerSet at the Gateway',
    [toGateway({ sectionName: 'a' })],
    [],
    ['False NoMatchingParent'],
  ],
  [
    'the Gateway and two ListenerSets',
    [toGateway(), toSet('one'), toSet('two')],
    ['a.test', 'b.test', 'c.test', 'gateway.test'],
    ['True Accepted', 'True Accepted', 'True Accepted'],
  ],
  [
    'a section that only one parent has',
    [toGateway({ sectionName: 'c' }), toSet('two', { sectionName: 'c' })],
    ['c.test'],
    ['False NoMatchingParent', 'True Accepted'],
  ],
  ['a port that no listener has', [toSet('one', { port: 81 })], [], ['False NoMatchingParent']],
  ['a ListenerSet that does not exist', [toSet('none')], [], []],
])('a route attaches to %s', async (_, parentRefs, domains, conditions) => {
  const pipeline = await Pipeline.started([...base, route(parentRefs)]);
  const client = await pipeline.connected();
  expect(routed(client)).toEqual(domains);
  expect(accepted(pipeline)).toEqual(conditions);
});

test('routes are counted by the listeners of their parents', async () => {
  const pipeline = await Pipeline.started([
    ...base,
    route([toSet('one')]),
    route([toSet('one', { sectionName: 'a' })], { name: 'second' }),
  ]);
  expect(counts(pipeline, 'ListenerSet', 'one')).toEqual({ a: 2, b: 1 });
  expect(counts(pipeline, 'ListenerSet', 'two')).toEqual({ c: 0 });
  expect(counts(pipeline, 'Gateway', 'web')).toEqual({ gateway: 0 });
});

test('Same is the namespace of the ListenerSet', async () => {
  const set = m.listenerSet([listener('d')], { name: 'far', namespace: 'far' });
  const far = toSet('far', { namespace: 'far' });
  const pipeline = await Pipeline.started([
    ...base,
    set,
    m.service('app', { namespace: 'far' }),
    route([far]),
  ]);
  const client = await pipeline.connected();
  expect(accepted(pipeline)).toEqual(['False NotAllowedByListeners']);
  expect(routed(client)).toEqual([]);
  pipeline.apply(route([far], { namespace: 'far' }));
  await pipeline.settle();
  expect(accepted(pipeline, 'far')).toEqual(['True Accepted']);
  expect(routed(client)).toEqual(['d.test']);
});

test('a ListenerSet that comes, goes, or changes its Gateway takes its routes along', async () => {
  const edge = m.gateway([listener('edge')], { name: 'edge', allowedListeners });
  const pipeline = await Pipeline.started([...base, edge, route([toSet('three')])]);
  const client = await pipeline.connected();
  const other = await pipeline.connected({ gateway: 'default/edge' });
  const set = (name: string) => m.listenerSet([listener('e')], { name: 'three', parentRef: { name } });
  expect(accepted(pipeline)).toEqual([]);
  pipeline.apply(set('web'));
  await pipeline.settle();
  expect(routed(client)).toEqual(['e.test']);
  expect(accepted(pipeline)).toEqual(['True Accepted']);
  pipeline.apply(set('edge'));
  await pipeline.settle();
  expect(routed(client)).toEqual([]);
  expect(JSON.stringify(other.routes('default/edge/80:*'))).toContain('e.test');
  pipeline.delete(set('edge'));
  await pipeline.settle();
  expect(accepted(pipeline)).toEqual([]);
});

test('a route that goes from one parent to another of the same Gateway is served all the time', async () => {
  const shared = m.listenerSet([listener('a'), listener('b')], { name: 'one' });
  const pipeline = await Pipeline.started([
    ...base,
    shared,
    route([toSet('one')], { hostnames: ['*.test'] }),
  ]);
  const client = await pipeline.connected();
  const units = pipeline.controller.units;
  for (const parents of [
    [toSet('two')],
    [toGateway()],
    [toSet('one')],
    [toGateway(), toSet('one')],
    [toSet('one')],
  ]) {
    pipeline.apply(route(parents, { hostnames: ['*.test'] }));
    await pipeline.settle();
    // A Cluster that were not used in between would be removed, and made again.
    expect(client.take().filter((line) => /CDS|EDS/.test(line))).toEqual([]);
  }
  expect(routed(client)).toEqual(['a.test', 'b.test']);
  expect(pipeline.controller.units).toBe(units);
});

test('a policy at a section of the Gateway is not one of a listener of that name in a ListenerSet', async () => {
  const pipeline = await Pipeline.started([
    ...base,
    m.listenerSet([listener('gateway', { hostname: 'x.test' })], { name: 'three' }),
    route([toSet('three')]),
    m.policy('SecurityPolicy', {
      targetRefs: [
        { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'web', sectionName: 'gateway' },
      ],
      oidc: {},
    }),
  ]);
  const client = await pipeline.connected();
  const hosts = JSON.stringify(client.routes('default/web/80:*'));
  expect(hosts).toContain('x.test');
  expect(hosts).not.toContain('directResponse');
});

test('a listener that goes to another ListenerSet together with its route is served all the time', async () => {
  const pipeline = await Pipeline.started([...base, route([toSet('one')], { hostnames: ['a.test'] })]);
  const client = await pipeline.connected();
  pipeline.apply(
    m.listenerSet([listener('b')], { name: 'one' }),
    m.listenerSet([listener('c'), listener('a')], { name: 'two' }),
    route([toSet('two')], { hostnames: ['a.test'] }),
  );
  await pipeline.settle();
  expect(client.take()).toEqual([]);
  expect(routed(client)).toEqual(['a.test']);
});
