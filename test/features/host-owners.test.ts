import { expect, test } from 'vitest';
import type { DeltaClient } from '../rig/xds/delta-client.ts';
import { CountingPool } from '../rig/pipeline/counting-pool.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline, type Condition } from '../rig/pipeline/pipeline.ts';

const openGateway = m.gateway([m.httpListener({ allowedRoutes: { namespaces: { from: 'All' } } })]);
const base = [m.gatewayClass(), openGateway];

/** A route that answers by itself; `age` is the year of its creation. */
function routeOf(namespace: string, hostnames: readonly string[], age = 2020, name = 'route'): object {
  const redirect = { type: 'RequestRedirect', requestRedirect: { hostname: `${namespace}.test` } };
  const route = m.httpRoute([{ filters: [redirect] }], {
    name,
    namespace,
    hostnames,
    creationTimestamp: `${age}-01-01T00:00:00Z`,
    parentRefs: [{ name: 'web', namespace: 'default' }],
  });
  return route;
}

function owners(client: DeltaClient): Record<string, string[]> {
  const { virtualHosts } = client.routes('default/web/80:*') as {
    virtualHosts: { domains: string[]; routes?: { redirect?: { hostRedirect: string } }[] }[];
  };
  return Object.fromEntries(
    virtualHosts
      .filter(({ domains }) => !domains.includes('*'))
      .map(({ domains, routes = [] }) => [
        domains.join(),
        routes.map(({ redirect }) => redirect?.hostRedirect.replace('.test', '') ?? '?'),
      ]),
  );
}

function conditions(pipeline: Pipeline, namespace: string, name = 'route'): Record<string, Condition> {
  const status = pipeline.status('HTTPRoute', name, namespace) as { parents: { conditions: Condition[] }[] };
  return Object.fromEntries((status.parents[0]?.conditions ?? []).map((one) => [one.type, one]));
}

const refused = {
  status: 'False',
  reason: 'HostnameNotOwned',
  message: expect.stringMatching(/^shop\.test belongs to another namespace/) as unknown,
};

test('without a word of the operator, routes of all namespaces share a hostname', async () => {
  const pipeline = await Pipeline.started([
    ...base,
    routeOf('a', ['shop.test']),
    routeOf('b', ['shop.test']),
  ]);
  const client = await pipeline.connected();
  expect(owners(client)).toEqual({ 'shop.test': ['a', 'b'] });
});

test('a hostname belongs to the namespaces that the operator says, by its most specific entry; an edit of that is live', async () => {
  const hostnames = {
    owners: [
      ['*.test', ['a']],
      ['shop.test', ['b', 'c']],
    ] as [string, string[]][],
    firstCome: false,
  };
  const all = ['a', 'b', 'c'].map((namespace) => routeOf(namespace, ['shop.test', 'blog.test']));
  const pipeline = await Pipeline.started([...base, ...all], { settings: { hostnames } });
  const client = await pipeline.connected();
  expect(owners(client)).toEqual({ 'shop.test': ['b', 'c'], 'blog.test': ['a'] });
  expect(conditions(pipeline, 'a')['Accepted']).toMatchObject({ status: 'True' });
  expect(conditions(pipeline, 'a')['sluice.dev/HostnamesNotOwned']).toMatchObject({
    status: 'True',
    message: expect.stringMatching(/^not served: shop\.test belongs/) as unknown,
  });
  pipeline.setSettings({ hostnames: { owners: [], firstCome: false } });
  await pipeline.settle();
  expect(owners(client)).toEqual({ 'shop.test': ['a', 'b', 'c'], 'blog.test': ['a', 'b', 'c'] });
  expect(conditions(pipeline, 'a')['sluice.dev/HostnamesNotOwned']).toBeUndefined();
});

const firstCome = { settings: { hostnames: { owners: [], firstCome: true } } };

test('the first namespace has a hostname until its last route of it goes; others hear that it is not theirs', async () => {
  const pipeline = await Pipeline.started([...base, routeOf('a', ['shop.test'])], firstCome);
  const client = await pipeline.connected();
  pipeline.apply(routeOf('b', ['shop.test'], 2024), routeOf('a', ['shop.test'], 2025, 'more'));
  await pipeline.settle();
  expect(owners(client)).toEqual({ 'shop.test': ['a', 'a'] });
  expect(conditions(pipeline, 'b')['Accepted']).toMatchObject(refused);
  pipeline.delete(routeOf('a', ['shop.test']));
  await pipeline.settle();
  expect(owners(client)).toEqual({ 'shop.test': ['b'] });
  expect(conditions(pipeline, 'b')['Accepted']).toMatchObject({ status: 'True' });
  expect(conditions(pipeline, 'a', 'more')['Accepted']).toMatchObject(refused);
});

test('a name under a wildcard belongs to whose wildcard it is, and one that is older than the wildcard does not', async () => {
  const pipeline = await Pipeline.started(
    [
      ...base,
      routeOf('b', ['old.shop.test'], 2018),
      routeOf('a', ['*.shop.test'], 2019),
      routeOf('c', ['pay.shop.test'], 2020),
    ],
    firstCome,
  );
  const client = await pipeline.connected();
  expect(owners(client)).toEqual({ 'old.shop.test': ['b'], '*.shop.test': ['a'] });
});

test('a route that the Gateway does not let in keeps no hostname from others', async () => {
  const closed = m.gateway([
    m.httpListener({
      allowedRoutes: {
        namespaces: { from: 'Selector', selector: { matchLabels: { team: 'yes' } } },
      },
    }),
  ]);
  const pipeline = await Pipeline.started(
    [
      m.gatewayClass(),
      closed,
      namespaceWith('a', {}),
      namespaceWith('b', { team: 'yes' }),
      routeOf('a', ['shop.test'], 2018),
      routeOf('b', ['shop.test'], 2020),
    ],
    firstCome,
  );
  const client = await pipeline.connected();
  expect(owners(client)).toEqual({ 'shop.test': ['b'] });
});

test('however many routes others make for a hostname, an edit of its owner reads none of them', async () => {
  const pool = new CountingPool();
  const pipeline = await Pipeline.started([...base, routeOf('a', ['shop.test'])], {
    ...firstCome,
    pools: { config: pool },
  });
  const rowsOfEdit = async (label: string): Promise<number> => {
    pool.take();
    pipeline.apply(withLabel(routeOf('a', ['shop.test']), label));
    await pipeline.settle();
    return pool.take().rows;
  };
  await rowsOfEdit('none');
  const alone = await rowsOfEdit('one');
  pipeline.apply(...Array.from({ length: 50 }, (_, i) => routeOf('b', ['shop.test'], 2024, `route-${i}`)));
  await pipeline.settle();
  expect(await rowsOfEdit('two')).toBe(alone);
});

function namespaceWith(name: string, labels: object): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

function withLabel(route: object, label: string): object {
  const { metadata } = route as { readonly metadata: object };
  return { ...route, metadata: { ...metadata, labels: { label } } };
}
