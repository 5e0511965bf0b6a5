import { expect, test } from 'vitest';
import { typeUrl } from '../../src/publish/type-table.ts';
import { shardCount, shardOf } from '../../src/units/route-shard.ts';
import type { DeltaClient } from '../rig/xds/delta-client.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const rule = { backendRefs: [m.backend()] };
const backend = [m.service('app'), m.endpointSlice(['10.0.0.1'], { name: 'app-1', service: 'app' })];
const table = 'default/web/80:*#';
const scopes = 'xdstp://sluice/envoy.config.route.v3.ScopedRouteConfiguration/default/web/80/_';

function gateway(routeShards?: unknown, listeners: readonly object[] = [m.httpListener()]): object {
  const made = m.gateway([...listeners]) as { metadata: object };
  const annotations = routeShards === undefined ? {} : { 'sluice.dev/route-shards': routeShards };
  return { ...made, metadata: { ...made.metadata, annotations } };
}

function route(name: string, hostname: string, rules: readonly object[] = [rule]): object {
  return m.httpRoute([...rules], { name, hostnames: [hostname] });
}

function shard(hostname: string): string {
  return `${table}${shardOf(hostname)}`;
}

/** Hostnames in the RouteConfiguration of a shard. */
function hostsIn(client: DeltaClient, name: string): unknown[] {
  const { virtualHosts = [] } = client.json('RDS', name) as { virtualHosts?: { domains: unknown[] }[] };
  return virtualHosts.flatMap(({ domains }) => domains);
}

test('a table in shards has a RouteConfiguration and a scope for each, and a hostname stands in its own', async () => {
  const routes = [route('a', 'a.test'), route('b', 'b.test'), route('any', '*.any.test')];
  const pipeline = await Pipeline.started([m.gatewayClass(), gateway('true'), ...backend, ...routes]);
  const client = await pipeline.connected();
  expect(client.names('VHDS')).toEqual([]);
  expect(client.names('RDS')).toHaveLength(shardCount);
  expect(client.names('SRDS')).toHaveLength(shardCount);
  expect(client.names('SRDS')).toContain(`${scopes}/63`);
  for (const host of ['a.test', 'b.test']) expect(hostsIn(client, shard(host))).toContain(host);
  for (const name of client.names('RDS')) {
    const exact = ['a.test', 'b.test'].filter((host) => shard(host) === name);
    expect(hostsIn(client, name)).toEqual(['*', '*.any.test', ...exact]);
  }
});

test('a changed route sends its shard, and nothing else', async () => {
  const routes = [route('a', 'a.test'), route('b', 'b.test')];
  const pipeline = await Pipeline.started([m.gatewayClass(), gateway('true'), ...backend, ...routes]);
  const client = await pipeline.connected();
  client.take();
  pipeline.apply(route('b', 'b.test', [{ ...rule, matches: [m.prefix('/other')] }]));
  await pipeline.drain();
  expect(client.take()).toEqual([`RDS ${shard('b.test')}`]);
});

test('a host that proxies reject is found, and the others of its shard are served', async () => {
  const routes = [route('a', 'a.test'), route('b', 'b.test')];
  const pipeline = await Pipeline.started([m.gatewayClass(), gateway('true'), ...backend, ...routes]);
  const client = await pipeline.connected();
  client.reject = (service, _, bytes) =>
    service === 'RDS' && Buffer.from(bytes).includes('/bad') ? 'a bad route' : undefined;
  const sibling = Array.from({ length: 9_000 }, (_, i) => `s${i}.test`).find(
    (host) => shard(host) === shard('a.test'),
  );
  pipeline.apply(
    route('a', 'a.test', [{ ...rule, matches: [m.prefix('/bad')] }]),
    route('sibling', sibling ?? '', [{ ...rule, matches: [m.prefix('/good')] }]),
  );
  await pipeline.drain();
  expect(hostsIn(client, shard('a.test'))).toContain(sibling);
  const rejected = [...(pipeline.controller.view('default/web')?.rejections() ?? [])];
  expect(rejected).toMatchObject([{ domain: 'a.test', madeOf: ['HTTPRoute/default/a'] }]);
});

test('a listener with an exact hostname has a table without shards', async () => {
  const listeners = [m.httpListener(), m.httpListener({ name: 'own', port: 81, hostname: 'a.test' })];
  const pipeline = await Pipeline.started([m.gatewayClass(), gateway('true', listeners), ...backend]);
  const client = await pipeline.connected();
  // Cleartext listeners of a port share one table, which any other may join.
  expect(client.names('RDS').filter((name) => name.startsWith('default/web/81:'))).toHaveLength(shardCount);
});

test.each([
  ['yes', 'must be "true" or "false"; until then it is false'],
  [true, 'must be "true" or "false"; until then it is false'],
])('the annotation %j is named in the condition, and the table has no shards', async (value, message) => {
  const pipeline = await Pipeline.started([m.gatewayClass(), gateway(value), ...backend]);
  const client = await pipeline.connected();
  expect(client.names('RDS')).toEqual(['default/web/80:*']);
  expect(pipeline.status('Gateway', 'web')).toMatchObject({
    conditions: [{ message: expect.stringContaining(message) as string }, {}],
  });
});

test('shards come and go with the annotation', async () => {
  const pipeline = await Pipeline.started([m.gatewayClass(), gateway(), ...backend, route('a', 'a.test')]);
  const client = await pipeline.connected();
  pipeline.apply(gateway('true'));
  await pipeline.drain();
  expect(hostsIn(client, shard('a.test'))).toContain('a.test');
  pipeline.apply(gateway('false'));
  await pipeline.drain();
  expect(client.names('RDS')).toEqual(['default/web/80:*']);
  expect(client.names('VHDS')).toEqual(['default/web/80:*/*', 'default/web/80:*/a.test']);
  expect([...(pipeline.controller.view('default/web')?.names(typeUrl.scope) ?? [])]).toEqual([]);
});
