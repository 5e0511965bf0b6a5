import { expect, test } from 'vitest';
import { resourceKey } from '../../src/lib/key.ts';
import type { Rejection } from '../../src/publish/rejection.ts';
import type { DeltaClient } from '../rig/xds/delta-client.ts';
import { slotOf } from '../../src/units/filter-slot.ts';
import * as m from '../rig/objects/manifests.ts';
import { holdMs, Pipeline } from '../rig/pipeline/pipeline.ts';

const hosts = Array.from({ length: 20 }, (_, i) => `h${i}.test`);
const base = [m.gatewayClass(), m.gateway([m.httpListener()]), m.service(), m.endpointSlice(['10.0.0.1'])];

function routeOf(host: string, path = '/'): object {
  const rule = { matches: [m.prefix(path)], backendRefs: [m.backend()] };
  return m.httpRoute([rule], { name: host.replace('.', '-'), hostnames: [host] });
}

/** The client rejects routes that contain the text, though translation accepts them. */
function reject(client: DeltaClient, text: string): void {
  client.reject = (service, _, bytes) =>
    service === 'VHDS' && Buffer.from(bytes).includes(text) ? `${text} is bad` : undefined;
}

function rejections(pipeline: Pipeline): Rejection[] {
  return [...(pipeline.controller.view('default/web')?.rejections() ?? [])];
}

function condition(pipeline: Pipeline, host: string, type: string): unknown {
  const key = resourceKey('HTTPRoute', 'default', host.replace('.', '-'));
  const status = pipeline.controller.status(key) as { parents: { conditions: { type: string }[] }[] };
  return status.parents[0]?.conditions.find((each) => each.type === type);
}

function domains(client: DeltaClient): string[] {
  const { virtualHosts } = client.routes('default/web/80:*') as { virtualHosts: { domains: string[] }[] };
  return virtualHosts.flatMap((host) => host.domains.filter((domain) => hosts.includes(domain))).sort();
}

test('one bad virtual host from the start: the others of its port are live, and it is known by its domain', async () => {
  const pipeline = await Pipeline.started([...base, ...hosts.map((host) => routeOf(host))]);
  const client = pipeline.connect();
  reject(client, 'h7.test');
  await pipeline.drain();
  expect(domains(client)).toEqual(hosts.filter((host) => host !== 'h7.test').sort());
  expect(rejections(pipeline)).toMatchObject([
    { name: 'default/web/80:*/h7.test', domain: 'h7.test', message: 'h7.test is bad' },
  ]);
  expect(condition(pipeline, 'h7.test', 'PartiallyInvalid')).toMatchObject({
    status: 'True',
    message: expect.stringMatching(/^Fall Back: .*its routes for h7.test.*: h7.test is bad$/) as unknown,
  });
  expect(condition(pipeline, 'h8.test', 'PartiallyInvalid')).toBeUndefined();
});

test('a bad change of one virtual host leaves that one as it was, and what changes beside it goes on', async () => {
  const pipeline = await Pipeline.started([...base, ...hosts.map((host) => routeOf(host))]);
  const client = await pipeline.connected();
  reject(client, '/bad');
  pipeline.apply(routeOf('h3.test', '/bad'), routeOf('h4.test', '/fine'));
  await pipeline.drain();
  pipeline.apply(routeOf('h5.test', '/later'));
  await pipeline.drain();
  expect(domains(client)).toEqual([...hosts].sort());
  const text = JSON.stringify(client.routes('default/web/80:*'));
  expect([text.includes('/fine'), text.includes('/later'), text.includes('/bad')]).toEqual([
    true,
    true,
    false,
  ]);
});

test('a restarted proxy gets the last good virtual host, and rejects nothing', async () => {
  const pipeline = await Pipeline.started([...base, ...hosts.map((host) => routeOf(host))]);
  const client = await pipeline.connected();
  reject(client, '/bad');
  pipeline.apply(routeOf('h3.test', '/bad'));
  await pipeline.drain();
  const fresh = pipeline.connect({ id: 'fresh' });
  let rejected = 0;
  fresh.reject = (_, __, bytes) => (Buffer.from(bytes).includes('/bad') ? `${++rejected}` : undefined);
  await pipeline.drain();
  expect(rejected).toBe(0);
  expect(fresh.held('VHDS')).toEqual(client.held('VHDS'));
});

test('what one proxy rejects and another has taken is served to everybody else', async () => {
  const pipeline = await Pipeline.started([...base, ...hosts.map((host) => routeOf(host))]);
  const odd = await pipeline.connected({ id: 'odd' });
  const good = await pipeline.connected({ id: 'good' });
  reject(odd, '/new');
  odd.hold('VHDS');
  pipeline.apply(routeOf('h3.test', '/new'));
  await pipeline.drain();
  odd.release('VHDS');
  await pipeline.drain();
  expect(JSON.stringify(good.routes('default/web/80:*'))).toContain('/new');
  expect(rejections(pipeline)).toEqual([]);
});

test('a virtual host that is mended is live, and no longer rejected', async () => {
  const pipeline = await Pipeline.started([...base, ...hosts.map((host) => routeOf(host))]);
  const client = await pipeline.connected();
  reject(client, '/bad');
  pipeline.apply(routeOf('h3.test', '/bad'));
  await pipeline.drain();
  expect(rejections(pipeline)).toHaveLength(1);
  const route = resourceKey('HTTPRoute', 'default', 'h3-test');
  expect(pipeline.restated).toContain(route);
  pipeline.restated.clear();
  pipeline.apply(routeOf('h3.test', '/mended'));
  await pipeline.drain();
  expect(rejections(pipeline)).toEqual([]);
  expect(pipeline.restated).toContain(route);
  expect(condition(pipeline, 'h3.test', 'PartiallyInvalid')).toBeUndefined();
  expect(JSON.stringify(client.routes('default/web/80:*'))).toContain('/mended');
});

test('a proxy that has routes of a Sluice before this one keeps them all when it rejects the new ones', async () => {
  const before = await Pipeline.started([...base, ...hosts.map((host) => routeOf(host))]);
  const proxy = await before.connected();
  const after = await Pipeline.started([...base, ...hosts.map((host) => routeOf(host, '/bad'))]);
  const again = after.connect({ restore: proxy });
  reject(again, '/bad');
  await after.drain();
  expect(again.held('VHDS')).toEqual(proxy.held('VHDS'));
  const rejected = new Map(rejections(after).map(({ name, message }) => [name, message]));
  expect(rejected).toEqual(new Map(hosts.map((host) => [`default/web/80:*/${host}`, '/bad is bad'])));
});

test('a Gateway whose Listener is rejected says so in the words of the proxy, until it is taken', async () => {
  const pipeline = await Pipeline.started([...base, routeOf('h1.test')]);
  const client = await pipeline.connected();
  client.reject = (_, name) => (name === 'default/web/81' ? 'address already in use' : undefined);
  pipeline.apply(m.gateway([m.httpListener(), m.httpListener({ name: 'more', port: 81 })]));
  await pipeline.quiet();
  expect(programmed(pipeline)).toMatchObject({
    status: 'False',
    reason: 'Invalid',
    message: expect.stringContaining('address already in use') as unknown,
  });
  expect(client.names('LDS')).toEqual(['default/web/80']);
  client.reject = () => undefined;
  pipeline.apply(m.gateway([m.httpListener(), m.httpListener({ name: 'more', port: 82 })]));
  await pipeline.drain();
  expect(programmed(pipeline)).toMatchObject({ status: 'True' });
});

function programmed(pipeline: Pipeline): unknown {
  const status = pipeline.controller.status(resourceKey('Gateway', 'default', 'web'));
  const { conditions } = status as { conditions: { type: string }[] };
  return conditions.find(({ type }) => type === 'Programmed');
}

test('what only proxies rejected that are gone is asked of the others again, and the route says so', async () => {
  const pipeline = await Pipeline.started([...base, ...hosts.map((host) => routeOf(host))]);
  const old = await pipeline.connected({ id: 'old' });
  reject(old, '/new');
  pipeline.apply(routeOf('h3.test', '/new'));
  await pipeline.drain();
  const fresh = await pipeline.connected({ id: 'fresh' });
  expect(condition(pipeline, 'h3.test', 'PartiallyInvalid')).toMatchObject({ status: 'True' });
  pipeline.restated.clear();
  old.close();
  await pipeline.drain();
  expect(JSON.stringify(fresh.routes('default/web/80:*'))).toContain('/new');
  expect(rejections(pipeline)).toEqual([]);
  expect(condition(pipeline, 'h3.test', 'PartiallyInvalid')).toBeUndefined();
  expect(pipeline.restated).toContain(resourceKey('HTTPRoute', 'default', 'h3-test'));
});

test('a proxy of many that reject leaves, and the next one to be asked rejects as well', async () => {
  const pipeline = await Pipeline.started([...base, ...hosts.map((host) => routeOf(host))]);
  const proxies = [await pipeline.connected({ id: 'one' }), await pipeline.connected({ id: 'two' })];
  for (const proxy of proxies) reject(proxy, '/bad');
  pipeline.apply(routeOf('h3.test', '/bad'), routeOf('h4.test', '/fine'));
  await pipeline.drain();
  for (const proxy of proxies) {
    expect(rejections(pipeline)).toMatchObject([{ domain: 'h3.test' }]);
    proxy.close();
    await pipeline.drain();
  }
  expect(rejections(pipeline)).toEqual([]);
});

test('a Listener that no proxy rejects is served again', async () => {
  const pipeline = await Pipeline.started([...base, routeOf('h1.test')]);
  const old = await pipeline.connected({ id: 'old' });
  old.reject = (_, name) => (name === 'default/web/81' ? 'no such filter' : undefined);
  pipeline.apply(m.gateway([m.httpListener(), m.httpListener({ name: 'more', port: 81 })]));
  await pipeline.quiet();
  expect(rejections(pipeline)).toMatchObject([{ name: 'default/web/81' }]);
  old.close();
  const fresh = await pipeline.connected({ id: 'fresh' });
  expect(rejections(pipeline)).toEqual([]);
  expect(fresh.names('LDS')).toEqual(['default/web/80', 'default/web/81']);
  expect(programmed(pipeline)).toMatchObject({ status: 'True' });
});

test('what every proxy rejects is said until the last of those is gone', async () => {
  const script = { inline: 'function envoy_on_request(handle) end' };
  const policy = m.extensionPolicy({ targetRefs: [{ kind: 'HTTPRoute', name: 'h1-test' }], lua: [script] });
  const settings = { lua: true };
  const pipeline = await Pipeline.started([...base, routeOf('h1.test')], { settings });
  const proxies = ['one', 'two', 'three'].map((id) => pipeline.connect({ id }));
  await pipeline.quiet();
  for (const proxy of proxies)
    proxy.reject = (_, name, bytes) =>
      name === 'default/web/81' || Buffer.from(bytes).includes('envoy_on_request') ? 'no' : undefined;
  pipeline.apply(policy);
  pipeline.apply(m.gateway([m.httpListener(), m.httpListener({ name: 'more', port: 81 })]));
  await pipeline.quiet();
  await pipeline.pass(holdMs);
  await pipeline.quiet();
  const rejected = ['default/web/81', slotOf('plugins', 'default/plugins')];
  for (const proxy of proxies) {
    expect(
      rejections(pipeline)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(rejected);
    proxy.close();
    await pipeline.quiet();
  }
  expect(rejections(pipeline)).toEqual([]);
});
