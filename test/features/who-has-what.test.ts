import { expect, test } from 'vitest';
import { proxyList, type BehindJson, type ProxyJson } from '../../src/run/proxy-json.ts';
import { must } from '../../src/lib/assert.ts';
import { typeUrl } from '../../src/publish/type-table.ts';
import * as m from '../rig/objects/manifests.ts';
import { holdMs, Pipeline } from '../rig/pipeline/pipeline.ts';

const base = [m.gatewayClass(), m.gateway([m.httpListener()]), m.service(), m.endpointSlice(['10.0.0.1'])];
const other = [m.service('other'), m.endpointSlice(['10.0.0.2'], { name: 'other-1', service: 'other' })];
const app = 'default/app/80/http1';
const endpoints = 'default/app/80';
const otherCluster = 'default/other/80/http1';
const routes = 'default/web/80:*';
const host = `${routes}/*`;
const toApp = m.httpRoute([{ backendRefs: [m.backend()] }]);
const toOther = m.httpRoute([{ backendRefs: [m.backend('other')] }]);

function listed(pipeline: Pipeline, id?: string): ProxyJson[] {
  return [...proxyList(pipeline.controller.fleet.connected(), id, pipeline.clock)];
}

function typeOf(pipeline: Pipeline, type: string, id = 'proxy'): ProxyJson['types'][number] {
  const proxy = must(
    listed(pipeline).find((item) => item.proxy === id),
    id,
  );
  return must(
    proxy.types.find((item) => item.type === type),
    type,
  );
}

function waiting(pipeline: Pipeline, id = 'proxy'): Partial<BehindJson>[] {
  const proxies = listed(pipeline).filter(({ proxy }) => proxy === id);
  return proxies.flatMap(({ types }) => types.flatMap((type) => type.waiting));
}

test('a proxy that has everything is behind in nothing, and each version that it has is listed', async () => {
  const pipeline = await Pipeline.started([...base, toApp]);
  const client = await pipeline.connected();
  await pipeline.advance(1500);
  const [proxy] = listed(pipeline, 'proxy');
  expect(proxy).toMatchObject({
    proxy: 'proxy',
    gateway: 'default/web',
    connectedAt: '2026-01-01T00:00:00.000Z',
    connectedForMs: 1500,
    served: true,
  });
  expect(proxy?.types.map(({ type, held, behind, refused }) => [type, held, behind, refused])).toEqual([
    ['Cluster', 1, 0, 0],
    ['ClusterLoadAssignment', 1, 0, 0],
    ['TypedExtensionConfig', 36, 0, 0],
    ['Listener', 1, 0, 0],
    ['RouteConfiguration', 1, 0, 0],
    ['VirtualHost', 1, 0, 0],
  ]);
  const [details] = proxyList(pipeline.controller.fleet.connected(), 'proxy', pipeline.clock);
  const versionOf = (service: 'CDS' | 'EDS' | 'LDS' | 'RDS' | 'VHDS', name: string) =>
    client.held(service).get(name)?.version;
  expect([...(details?.resources ?? [])].filter(({ type }) => type !== 'TypedExtensionConfig')).toEqual([
    { type: 'Cluster', name: app, version: versionOf('CDS', app) },
    { type: 'ClusterLoadAssignment', name: endpoints, version: versionOf('EDS', endpoints) },
    { type: 'Listener', name: 'default/web/80', version: versionOf('LDS', 'default/web/80') },
    { type: 'RouteConfiguration', name: routes, version: versionOf('RDS', routes) },
    { type: 'VirtualHost', name: host, version: versionOf('VHDS', host) },
  ]);
});

test('endpoints that were sent and not answered, and newer ones that wait for that answer', async () => {
  const pipeline = await Pipeline.started([...base, toApp]);
  const client = await pipeline.connected();
  const before = client.held('EDS').get(endpoints)?.version;
  client.hold('EDS');
  pipeline.apply(m.endpointSlice(['10.0.0.2']));
  await pipeline.advance(300);
  const [sent] = waiting(pipeline);
  expect(sent).toEqual({
    name: endpoints,
    sent: pipeline.view().get(`EDS ${endpoints}`),
    acked: before,
    wanted: pipeline.view().get(`EDS ${endpoints}`),
    forMs: 300,
    why: 'sent, and not answered yet',
  });
  expect(typeOf(pipeline, 'ClusterLoadAssignment')).toMatchObject({
    behind: 1,
    oldestForMs: 300,
    inFlight: { forMs: 300, resources: 1, versions: { [endpoints]: sent?.sent } },
  });
  pipeline.apply(m.endpointSlice(['10.0.0.3']));
  await pipeline.advance(100);
  expect(waiting(pipeline)).toEqual([
    {
      ...sent,
      forMs: 400,
      wanted: pipeline.view().get(`EDS ${endpoints}`),
      why: 'waits for the answer to the response before',
    },
  ]);
  client.release('EDS');
  await pipeline.settle();
  expect(waiting(pipeline)).toEqual([]);
});

test('routes that are held until their clusters are ACKed, and for how long yet', async () => {
  const pipeline = await Pipeline.started([...base, ...other, toApp]);
  const client = await pipeline.connected();
  client.hold('CDS');
  pipeline.apply(toOther);
  await pipeline.advance(500);
  expect(waiting(pipeline).map(({ name, why, atMostMs }) => [name, why, atMostMs])).toEqual([
    [otherCluster, 'sent, and not answered yet', undefined],
    [app, 'stays until the proxy has acknowledged listeners and routes without it', undefined],
    [endpoints, 'goes with what uses it', undefined],
    [host, 'held until the proxy has acknowledged the clusters that it may name', holdMs - 500],
  ]);
  client.release('CDS');
  await pipeline.drain();
  expect(waiting(pipeline)).toEqual([]);
});

test('a cluster that is no longer used: until its routes are ACKed, then while requests are under way', async () => {
  const pipeline = await Pipeline.started([...base, ...other, toApp]);
  const client = await pipeline.connected();
  client.hold('VHDS');
  pipeline.apply(toOther);
  await pipeline.advance(100);
  expect(waiting(pipeline).find(({ name }) => name === app)).toEqual({
    name: app,
    acked: client.held('CDS').get(app)?.version,
    forMs: 100,
    why: 'stays until the proxy has acknowledged listeners and routes without it',
    atMostMs: holdMs + 1000 - 100,
  });
  client.release('VHDS');
  await pipeline.advance(400);
  expect(waiting(pipeline).map(({ name, why, atMostMs }) => [name, why, atMostMs])).toEqual([
    [app, 'stays for requests under way', 600],
    [endpoints, 'goes with what uses it', undefined],
  ]);
  client.hold('CDS');
  await pipeline.pass(600);
  expect(waiting(pipeline)[0]).toMatchObject({ name: app, sent: null, why: 'sent, and not answered yet' });
  client.release('CDS');
  await pipeline.settle();
  expect(waiting(pipeline)).toEqual([]);
});

test('what a proxy rejects is listed in its own words, with the last good version that its Gateway is served', async () => {
  const pipeline = await Pipeline.started([...base, toApp]);
  const client = await pipeline.connected();
  client.reject = (service, _, bytes) =>
    service === 'VHDS' && Buffer.from(bytes).includes('/bad') ? '/bad is bad' : undefined;
  pipeline.apply(m.httpRoute([{ matches: [m.prefix('/bad')], backendRefs: [m.backend()] }]));
  await pipeline.drain();
  await pipeline.advance(1000);
  expect(waiting(pipeline)).toMatchObject([
    {
      name: host,
      acked: client.held('VHDS').get(host)?.version,
      why: 'a proxy rejected it, so its Gateway is served the last good version',
      message: '/bad is bad',
      domain: '*',
    },
  ]);
  expect(typeOf(pipeline, 'VirtualHost')).toMatchObject({ behind: 0, refused: 1 });
  client.reject = () => undefined;
  pipeline.apply(toApp);
  await pipeline.drain();
  expect(waiting(pipeline)).toEqual([]);
});

test('what one proxy rejects and another accepts is listed for the first one alone', async () => {
  const pipeline = await Pipeline.started([...base, toApp]);
  const odd = await pipeline.connected({ id: 'odd' });
  await pipeline.connected({ id: 'good' });
  odd.tolerant = true;
  odd.reject = (service) => (service === 'CDS' ? 'not mine' : undefined);
  odd.hold('CDS');
  pipeline.apply(m.service('app', { port: { appProtocol: 'kubernetes.io/h2c' } }));
  await pipeline.quiet();
  odd.release('CDS');
  await pipeline.quiet();
  expect(waiting(pipeline, 'odd').find(({ message }) => message !== undefined)).toMatchObject({
    why: 'this proxy rejects it',
    message: 'not mine',
  });
  expect(typeOf(pipeline, 'Cluster', 'odd')).toMatchObject({ refused: 1 });
  expect(typeOf(pipeline, 'Cluster', 'good')).toMatchObject({ refused: 0 });
});

test('a proxy whose Gateway has nothing to serve says so of what it has from before', async () => {
  const pipeline = await Pipeline.started([...base, toApp]);
  const client = pipeline.connect({ gateway: 'default/gone', follows: false });
  client.sendRaw({ typeUrl: typeUrl.cluster, initialVersions: new Map([['old', '1']]) });
  await pipeline.quiet();
  expect(listed(pipeline)).toMatchObject([{ gateway: 'default/gone', served: false }]);
  expect(waiting(pipeline)).toMatchObject([
    { name: 'old', acked: '1', why: expect.stringMatching(/^the Gateway has nothing to serve/) },
  ]);
});

test('of many names that are behind, the list of all proxies shows some, and the list of one shows all', async () => {
  const names = Array.from({ length: 30 }, (_, i) => `s${i}`);
  const pipeline = await Pipeline.started([...base, ...names.map((name) => m.service(name))]);
  const client = await pipeline.connected();
  client.hold('CDS');
  const rules = names.map((name) => ({ matches: [m.prefix(`/${name}`)], backendRefs: [m.backend(name)] }));
  pipeline.apply(...rules.map((rule, i) => m.httpRoute([rule], { name: `s${i}` })));
  await pipeline.quiet();
  for (const [id, shown] of [
    [undefined, 10],
    ['proxy', 30],
  ] as const) {
    const clusters = must(listed(pipeline, id)[0]?.types[0], 'Cluster');
    expect(clusters).toMatchObject({ behind: 30, inFlight: { resources: 30 } });
    expect(clusters.waiting).toHaveLength(shown);
    expect(Object.keys(clusters.inFlight?.versions ?? {})).toHaveLength(shown);
  }
});

test('a proxy that has left is not listed, also when it leaves while the list is read', async () => {
  const pipeline = await Pipeline.started([...base, toApp]);
  await pipeline.connected({ id: 'first' });
  const second = await pipeline.connected({ id: 'second' });
  await pipeline.connected({ id: 'third' });
  const reading = pipeline.controller.fleet.connected();
  expect(reading.next().value).toMatchObject({ id: 'first' });
  second.close();
  expect([...reading].map(({ id }) => id)).toEqual(['third']);
});

test('totals: proxies behind, the age of the oldest change without an answer, and what is refused', async () => {
  const pipeline = await Pipeline.started([...base, toApp]);
  const client = await pipeline.connected({ id: 'slow' });
  await pipeline.connected({ id: 'quick' });
  const total = () => pipeline.controller.fleet.totals().get(typeUrl.endpoint);
  const none = { behind: 0, oldest: undefined, lastGood: 0, rejected: 0 };
  expect(total()).toEqual(none);
  await pipeline.advance(10_000);
  client.hold('EDS');
  pipeline.apply(m.endpointSlice(['10.0.0.2']));
  await pipeline.advance(700);
  expect(total()).toEqual({ ...none, behind: 1, oldest: 10_000 });
  client.release('EDS');
  await pipeline.settle();
  expect(total()).toEqual(none);
  client.reject = (service) => (service === 'EDS' ? 'no' : undefined);
  client.hold('EDS');
  pipeline.apply(m.endpointSlice(['10.0.0.3']));
  await pipeline.quiet();
  client.release('EDS');
  await pipeline.quiet();
  expect(total()).toEqual({ ...none, behind: 1, rejected: 1 });
});

test('a change that was taken back while it waited does not make the next one old', async () => {
  const pipeline = await Pipeline.started([...base, toApp]);
  const client = await pipeline.connected();
  client.hold('EDS');
  pipeline.apply(m.endpointSlice(['10.0.0.2']));
  await pipeline.quiet();
  pipeline.apply(m.endpointSlice(['10.0.0.3']));
  await pipeline.quiet();
  pipeline.apply(m.endpointSlice(['10.0.0.2']));
  await pipeline.quiet();
  client.release('EDS');
  await pipeline.settle();
  await pipeline.advance(5000);
  client.hold('EDS');
  pipeline.apply(m.endpointSlice(['10.0.0.4']));
  await pipeline.quiet();
  expect(pipeline.controller.fleet.totals().get(typeUrl.endpoint)?.oldest).toBe(5000);
});
