import { expect, test } from 'vitest';
import type { DeltaClient } from '../rig/xds/delta-client.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const services = ['one', 'two', 'three'].map((name) => m.service(name));

function routeTo(service: string, options: m.RouteOptions = {}): object {
  return m.httpRoute([{ backendRefs: [m.backend(service)] }], { name: service, ...options });
}

function targets(client: DeltaClient, configuration: string): Record<string, string> {
  const hosts = client.routes(configuration)['virtualHosts'] as {
    domains: string[];
    routes?: { route?: { cluster: string } }[];
  }[];
  return Object.fromEntries(
    hosts.map(({ domains, routes }) => [
      domains.join(),
      routes?.map(({ route }) => route?.cluster.split('/')[1]).join() ?? 'none',
    ]),
  );
}

test('a route answers for the names that it and its listener have in common', async () => {
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([m.httpListener({ hostname: '*.example.com' })]),
    ...services,
    routeTo('one', { hostnames: ['a.example.com', 'example.org'] }),
    routeTo('two', { hostnames: ['*.b.example.com'] }),
    routeTo('three'),
  ]);
  const client = await pipeline.connected();
  expect(targets(client, 'default/web/80:*')).toEqual({
    '*.b.example.com': 'two',
    '*.example.com': 'three',
    'a.example.com': 'one',
  });
});

test('a route without a name in common with its listener is refused, and said so', async () => {
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([m.httpListener({ hostname: 'a.example.com' })]),
    ...services,
    routeTo('one', { hostnames: ['b.example.com'] }),
  ]);
  const client = await pipeline.connected();
  expect(targets(client, 'default/web/80:*')).toEqual({ 'a.example.com': 'none' });
  expect(pipeline.routeConditions('one')['Accepted']).toMatchObject({
    status: 'False',
    reason: 'NoMatchingListenerHostname',
  });
});

test('a name belongs to the most specific listener of the port, and routes of the others do not answer for it', async () => {
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([
      m.httpListener({ name: 'any' }),
      m.httpListener({ name: 'wild', hostname: '*.example.com' }),
      m.httpListener({ name: 'exact', hostname: 'a.example.com' }),
    ]),
    ...services,
    routeTo('one', { parentRefs: [{ name: 'web', sectionName: 'any' }] }),
    routeTo('two', { parentRefs: [{ name: 'web', sectionName: 'wild' }] }),
    routeTo('three', { parentRefs: [{ name: 'web', sectionName: 'exact' }] }),
  ]);
  const client = await pipeline.connected();
  expect(targets(client, 'default/web/80:*')).toEqual({
    '*': 'one',
    '*.example.com': 'two',
    'a.example.com': 'three',
  });
  pipeline.delete(routeTo('three'));
  await pipeline.drain();
  expect(targets(client, 'default/web/80:*')).toEqual({
    '*': 'one',
    '*.example.com': 'two',
    'a.example.com': 'none',
  });
});

test('each port of a Gateway has a listener and routes of its own, and a route chooses by port or name', async () => {
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([m.httpListener(), m.httpListener({ name: 'alt', port: 8080 })]),
    ...services,
    routeTo('one', { parentRefs: [{ name: 'web', port: 8080 }], hostnames: ['h.example.com'] }),
    routeTo('two', { parentRefs: [{ name: 'web', sectionName: 'http' }], hostnames: ['h.example.com'] }),
    routeTo('three'),
  ]);
  const client = await pipeline.connected();
  expect(client.names('LDS')).toEqual(['default/web/80', 'default/web/8080']);
  expect(targets(client, 'default/web/80:*')).toEqual({ '*': 'three', 'h.example.com': 'two' });
  expect(targets(client, 'default/web/8080:*')).toEqual({ '*': 'three', 'h.example.com': 'one' });
  expect(pipeline.controller.reports.attached('Gateway/default/web/alt')).toBe(2);
});

test('a listener that gets another hostname moves the routes, and no other listener changes', async () => {
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway(listeners('a.example.com')),
    ...services,
    routeTo('one', { parentRefs: [{ name: 'web', sectionName: 'http' }] }),
  ]);
  const client = await pipeline.connected();
  pipeline.apply(m.gateway(listeners('b.example.com')));
  await pipeline.drain();
  expect(client.take()).toEqual(['VHDS default/web/80:*/b.example.com -default/web/80:*/a.example.com']);
  expect(targets(client, 'default/web/80:*')).toEqual({ 'b.example.com': 'one' });
});

function listeners(hostname: string): object[] {
  return [m.httpListener({ hostname }), m.httpListener({ name: 'alt', port: 8080 })];
}
