import { expect, test } from 'vitest';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import type { DeltaClient } from '../rig/xds/delta-client.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const app = [m.service(), m.endpointSlice(['10.0.0.1'])];
const route = m.httpRoute([{ backendRefs: [m.backend()] }]);
const secret = (name = 'tls', host = 'a.example.com') => tlsSecret(name, selfSigned([host]));

function https(name: string, fields: object = {}): object {
  return { name, port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'tls' }] }, ...fields };
}

test('a listener with a certificate brings its Secret over SDS', async () => {
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([https('s')]),
    route,
    secret(),
    ...app,
  ]);
  const client = await pipeline.connected();
  expect(client.names('SDS')).toEqual(['default/tls']);
  expect(JSON.stringify(client.json('LDS', 'default/web/443'))).toContain('default/tls');
});

test('a rotated Secret sends only the Secret', async () => {
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([https('s')]),
    route,
    secret(),
    ...app,
  ]);
  const client = await pipeline.connected();
  const rotated = secret();
  pipeline.apply(rotated);
  await pipeline.drain();
  expect(client.take()).toEqual(['SDS default/tls']);
});

test('a changed listener brings its Secrets and routes again behind it, as Envoy does not ask for them twice', async () => {
  const allowed = { namespaces: { from: 'All' } };
  const plain = m.httpListener();
  const gateway = (...listeners: object[]) => m.gateway([plain, ...listeners]);
  const pipeline = await Pipeline.started([m.gatewayClass(), gateway(https('s')), route, secret(), ...app]);
  const client = await pipeline.connected();
  pipeline.apply(gateway(https('s'), https('s2', { hostname: 'b.example.com', allowedRoutes: allowed })));
  await pipeline.settle();
  const lines = client.take();
  expect(lines[0]).toBe('LDS default/web/443');
  expect(lines.filter((line) => line.startsWith('SDS'))).toEqual(['SDS default/tls']);
  expect(lines.join(' ')).toContain('default/web/443:*');
});

test('each server name has a filter chain and routes of its own', async () => {
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([
      https('a', { hostname: 'a.example.com' }),
      https('wild', { hostname: '*.example.com', tls: { certificateRefs: [{ name: 'wild' }] } }),
    ]),
    route,
    secret(),
    secret('wild', '*.example.com'),
    ...app,
  ]);
  const client = await pipeline.connected();
  expect(client.json('LDS', 'default/web/443')).toMatchObject({
    filterChains: [
      { filterChainMatch: { serverNames: ['*.example.com'] } },
      { filterChainMatch: { serverNames: ['a.example.com'] } },
    ],
  });
  expect(client.names('RDS')).toEqual([
    'default/web/443:*.example.com',
    'default/web/443:a.example.com',
    'default/web/misdirected/443:*',
  ]);
  expect(client.names('SDS')).toEqual(['default/tls', 'default/wild']);
});

test('a bad certificate costs its own listener and no other, and says what is wrong', async () => {
  const broken = { ...secret('broken'), data: { 'tls.crt': 'bm9wZQ==', 'tls.key': 'bm9wZQ==' } };
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([
      https('good', { hostname: 'a.example.com' }),
      https('bad', { hostname: 'b.example.com', tls: { certificateRefs: [{ name: 'broken' }] } }),
      m.httpListener(),
    ]),
    route,
    secret(),
    broken,
    ...app,
  ]);
  const client = await pipeline.connected();
  expect(client.names('LDS')).toEqual(['default/web/443', 'default/web/80', 'default/web/misdirected/443']);
  expect(client.names('SDS')).toEqual(['default/tls']);
  expect(pipeline.listenerConditions('bad')['ResolvedRefs']).toMatchObject({
    status: 'False',
    reason: 'InvalidCertificateRef',
  });
  expect(pipeline.listenerConditions('good')['ResolvedRefs']).toMatchObject({ status: 'True' });
});

test('a Secret that comes after its Gateway makes the listener', async () => {
  const pipeline = await Pipeline.started([m.gatewayClass(), m.gateway([https('s')]), route, ...app]);
  const client = await pipeline.connected();
  expect(client.names('LDS')).toEqual([]);
  pipeline.apply(secret());
  await pipeline.settle();
  expect(client.names('LDS')).toEqual(['default/web/443']);
  expect(client.names('SDS')).toEqual(['default/tls']);
});

test("a Secret's text is in no status and no log line", async () => {
  const broken = {
    ...secret(),
    data: {
      'tls.crt': Buffer.from('canary-a').toString('base64'),
      'tls.key': Buffer.from('canary-b').toString('base64'),
    },
  };
  const pipeline = await Pipeline.started([m.gatewayClass(), m.gateway([https('s')]), route, broken, ...app]);
  const said = JSON.stringify([pipeline.status('Gateway', 'web'), pipeline.log.lines]);
  expect(said).toContain('default/tls');
  expect(said).not.toContain('canary');
});

test('the domains of a port are named once, and one more listener is no update of the others’ routes', async () => {
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway(named('a', 'b', 'c')),
    route,
    secret(),
    ...app,
  ]);
  const client = await pipeline.connected();
  const domainsOf = (table: string): unknown[] => {
    const { virtualHosts = [] } = client.routes(table) as {
      readonly virtualHosts?: readonly { readonly domains: readonly string[] }[];
    };
    return virtualHosts.flatMap(({ domains }) => domains).sort();
  };
  expect(domainsOf('default/web/443:a.example.com')).toEqual(['*', 'a.example.com']);
  expect(domainsOf('default/web/misdirected/443:*')).toEqual([
    'a.example.com',
    'b.example.com',
    'c.example.com',
  ]);
  const before = versions(client);
  pipeline.apply(m.gateway(named('a', 'b', 'c', 'd')));
  await pipeline.settle();
  const after = versions(client);
  const changed = [...after].filter(([name, version]) => before.get(name) !== version).map(([name]) => name);
  expect(changed.sort()).toEqual([
    'RDS default/web/443:d.example.com',
    'VHDS default/web/443:d.example.com/d.example.com',
    'VHDS default/web/misdirected/443:*/d.example.com',
  ]);
  // Alone on its port again: no other listener can get its requests.
  pipeline.apply(m.gateway(named('a')));
  await pipeline.drain();
  expect(client.names('LDS')).toEqual(['default/web/443']);
  expect(domainsOf('default/web/443:a.example.com')).toEqual(['a.example.com']);
});

function named(...names: string[]): object[] {
  return names.map((name) => https(name, { hostname: `${name}.example.com` }));
}

function versions(client: DeltaClient): Map<string, string> {
  return new Map(
    (['RDS', 'VHDS'] as const).flatMap((service) =>
      [...client.held(service)].map(([name, { version }]) => [`${service} ${name}`, version]),
    ),
  );
}
