import { expect, test } from 'vitest';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { attachedRoutes, conditionsOf, listenerConditions, listenersOf } from '../rig/pipeline/statuses.ts';
import type { DeltaClient } from '../rig/xds/delta-client.ts';

const app = [m.service(), m.endpointSlice(['10.0.0.1'])];
const other = [m.service('other'), m.endpointSlice(['10.0.0.2'], { name: 'other-1', service: 'other' })];
const listener = 'default/web/443';

function passthrough(name: string, hostname?: string): object {
  return { name, port: 443, protocol: 'TLS', tls: { mode: 'Passthrough' }, ...(hostname && { hostname }) };
}

function terminate(name: string, fields: object = {}): object {
  return { name, port: 443, protocol: 'TLS', tls: { certificateRefs: [{ name: 'tls' }] }, ...fields };
}

function route(name: string, hostname: string, backend = 'app', day = '01'): object {
  const creationTimestamp = `2026-01-${day}T00:00:00Z`;
  return m.tlsRoute([m.backend(backend)], { name, hostnames: [hostname], creationTimestamp });
}

function started(listeners: readonly object[], ...manifests: object[]): Promise<Pipeline> {
  const secret = tlsSecret('tls', selfSigned(['a.example.com']));
  return Pipeline.started([m.gatewayClass(), m.gateway(listeners), secret, ...app, ...other, ...manifests], {
    namedObjectWaitMs: 1000,
  });
}

function extension(hostname: string): string {
  return `tcp_proxy/default/web/443/${hostname}`;
}

function clusterOf(client: DeltaClient, hostname: string): unknown {
  const { typedConfig } = client.json('ECDS', extension(hostname)) as { typedConfig: { cluster: string } };
  return typedConfig.cluster;
}

test('each server name has a filter chain, and the name of the listener has one too', async () => {
  const hostnames = ['a.example.com', 'b.example.com', 'c.test'];
  const pipeline = await started(
    [passthrough('tls', '*.example.com')],
    m.tlsRoute([m.backend()], { hostnames }),
  );
  const client = await pipeline.connected();
  const chain = (name: string) => ({
    name: `${listener}:${name}`,
    filterChainMatch: { serverNames: [name] },
    filters: [{ name: extension(name) }],
  });
  const found = client.json('LDS', listener);
  expect(found).toMatchObject({
    filterChains: [chain('*.example.com'), chain('a.example.com'), chain('b.example.com')],
    listenerFilters: [{ name: 'envoy.filters.listener.tls_inspector' }],
  });
  expect(JSON.stringify(found)).not.toContain('transportSocket');
  expect(clusterOf(client, 'a.example.com')).toBe('default/app/80/tcp');
  expect(clusterOf(client, '*.example.com')).toBe('sluice/none');
  expect(conditionsOf(pipeline, 'TLSRoute', 'route')).toEqual({
    Accepted: 'True/Accepted',
    ResolvedRefs: 'True/ResolvedRefs',
  });
  expect(attachedRoutes(pipeline)).toEqual({ tls: 1 });
});

test('a listener that ends TLS has its certificate over SDS, and offers no protocol of HTTP', async () => {
  const pipeline = await started([terminate('tls')], m.tlsRoute([m.backend()]));
  const client = await pipeline.connected();
  const text = JSON.stringify(client.json('LDS', listener));
  expect(text).toContain('default/tls');
  expect(text).not.toContain('alpnProtocols');
  expect(client.names('SDS')).toEqual(['default/tls']);
  expect(clusterOf(client, '*')).toBe('default/app/80/tcp');
});

test('both modes and HTTPS share a port by server names', async () => {
  const https = { ...terminate('https'), protocol: 'HTTPS', hostname: 'web.example.com' };
  const pipeline = await started(
    [terminate('ends', { hostname: 'a.example.com' }), passthrough('passes', 'b.example.com'), https],
    m.tlsRoute([m.backend()], { hostnames: ['a.example.com'], name: 'a' }),
    m.tlsRoute([m.backend('other')], { hostnames: ['b.example.com'], name: 'b' }),
    m.httpRoute([{ backendRefs: [m.backend()] }]),
  );
  const client = await pipeline.connected();
  expect(client.json('LDS', listener)).toMatchObject({
    filterChains: [
      { filterChainMatch: { serverNames: ['a.example.com'] }, transportSocket: {} },
      { filterChainMatch: { serverNames: ['b.example.com'] } },
      { filterChainMatch: { serverNames: ['web.example.com'] }, transportSocket: {} },
    ],
  });
  expect(client.names('RDS')).toContain(`${listener}:web.example.com`);
  expect(attachedRoutes(pipeline)).toEqual({ ends: 1, passes: 1, https: 1 });
});

test('listeners of one hostname conflict, whatever their protocol', async () => {
  const https = { ...terminate('https'), protocol: 'HTTPS' };
  const pipeline = await started([https, passthrough('tls')]);
  for (const name of ['https', 'tls'])
    expect(listenerConditions(pipeline, name)).toMatchObject({ Conflicted: 'True/HostnameConflict' });
});

test('a new server name changes the Listener alone, and another backend of it only its filter', async () => {
  const pipeline = await started([passthrough('tls')], route('a', 'a.test'));
  const client = await pipeline.connected();
  pipeline.apply(route('b', 'b.test'));
  await pipeline.drain();
  expect(client.take()).toEqual([
    `LDS ${listener}`,
    `ECDS ${['*', 'a.test', 'b.test'].map(extension).join(' ')}`,
  ]);
  pipeline.apply(route('a', 'a.test', 'other'));
  await pipeline.drain();
  expect(client.take()).toEqual([
    'CDS default/other/80/tcp',
    'EDS default/other/80',
    `ECDS ${extension('a.test')}`,
  ]);
});

test('of routes with one server name at a listener, the most specific hostname decides, then the age', async () => {
  const wide = route('wide', '*.example.com', 'app', '01');
  const pipeline = await started([passthrough('tls', 'a.example.com')], wide);
  const client = await pipeline.connected();
  expect(clusterOf(client, 'a.example.com')).toBe('default/app/80/tcp');
  pipeline.apply(route('exact', 'a.example.com', 'other', '03'));
  await pipeline.settle();
  expect(clusterOf(client, 'a.example.com')).toBe('default/other/80/tcp');
  pipeline.apply(route('older', 'a.example.com', 'app', '02'));
  await pipeline.settle();
  expect(clusterOf(client, 'a.example.com')).toBe('default/app/80/tcp');
});

test('kinds of routes by mode; a listed kind that cannot attach is said', async () => {
  const kinds = [{ kind: 'TCPRoute' }, { kind: 'TLSRoute' }];
  const pipeline = await started([
    { ...passthrough('passes', 'a.test'), allowedRoutes: { kinds } },
    terminate('ends', { hostname: 'b.test' }),
  ]);
  expect(listenersOf(pipeline).map((one) => one.supportedKinds.map(({ kind }) => kind))).toEqual([
    ['TLSRoute'],
    ['TLSRoute', 'TCPRoute'],
  ]);
  expect(listenerConditions(pipeline, 'passes')).toMatchObject({ ResolvedRefs: 'False/InvalidRouteKinds' });
});

test('a hostname that no listener has is said', async () => {
  const pipeline = await started(
    [passthrough('tls', 'a.example.com')],
    m.tlsRoute([m.backend()], { hostnames: ['b.example.com'] }),
  );
  expect(conditionsOf(pipeline, 'TLSRoute', 'route')).toMatchObject({
    Accepted: 'False/NoMatchingListenerHostname',
  });
  expect(attachedRoutes(pipeline)).toEqual({ tls: 0 });
});

test('a new server name waits for no Service, so that it makes no other name wait', async () => {
  const names = [passthrough('tls'), passthrough('other', 'x.test')];
  const pipeline = await started(names, route('a', 'a.test', 'app'));
  const client = await pipeline.connected();
  pipeline.apply(route('b', 'b.test', 'none'), route('c', 'c.test', 'other'));
  await pipeline.settle();
  expect(clusterOf(client, 'b.test')).toBe('sluice/none');
  expect(clusterOf(client, 'c.test')).toBe('default/other/80/tcp');
});

test('a BackendTLSPolicy is in force where Envoy ends TLS, and not where it passes it on', async () => {
  const targetRefs = [{ group: '', kind: 'Service', name: 'app' }];
  const validation = { wellKnownCACertificates: 'System', hostname: 'app.test' };
  const pipeline = await started(
    [passthrough('passes', 'a.test'), terminate('ends', { hostname: 'b.test' })],
    m.tlsRoute([m.backend()], { hostnames: ['a.test', 'b.test'] }),
    m.policy('BackendTLSPolicy', { targetRefs, validation }),
  );
  const client = await pipeline.connected();
  expect(clusterOf(client, 'a.test')).toBe('default/app/80/tcp');
  expect(clusterOf(client, 'b.test')).toBe('default/app/80/tcp/tls');
});
