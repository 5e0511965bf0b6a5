import { expect, test } from 'vitest';
import { decodeBatch } from '../../src/batch/translate-batch.ts';
import { inlinePool } from '../../src/pool/inline.ts';
import type { TranslatePool } from '../../src/pool/translate-pool.ts';
import { unitKind } from '../../src/units/unit.ts';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import * as m from '../rig/objects/manifests.ts';
import { holdMs, Pipeline } from '../rig/pipeline/pipeline.ts';

const app = [m.service(), m.endpointSlice(['10.0.0.1'])];
const other = [m.service('other'), m.endpointSlice(['10.0.0.2'], { name: 'other-1', service: 'other' })];
const base = [m.gatewayClass(), m.gateway([m.httpListener()])];
const toApp = m.httpRoute([{ backendRefs: [m.backend()] }]);
const toOther = m.httpRoute([{ backendRefs: [m.backend('other')] }]);
const tls = (name: string, hostname?: string) => ({
  name,
  port: 443,
  protocol: 'HTTPS',
  tls: { certificateRefs: [{ name: 'tls' }] },
  ...(hostname === undefined ? {} : { hostname }),
});

test('a cluster goes after its last route is gone, the route is ACKed and requests under way had their time', async () => {
  const pipeline = await Pipeline.started([...base, toApp, ...app]);
  const client = await pipeline.connected();
  pipeline.delete(toApp);
  await pipeline.quiet();
  expect(client.take()).toEqual(['VHDS default/web/80:*/*']);
  await pipeline.advance(999);
  expect(client.take()).toEqual([]);
  await pipeline.advance(11);
  expect(client.take()).toEqual(['CDS -default/app/80/http1']);
  await pipeline.settle();
  expect(client.names('EDS')).toEqual([]);
});

test('an internal listener stays until routes do not lead to it', async () => {
  const some = [tls('a', 'a.example.com'), tls('b', 'b.example.com')];
  const secret = tlsSecret('tls', selfSigned(['*.example.com']));
  const pipeline = await Pipeline.started([m.gatewayClass(), m.gateway(some), secret, toApp, ...app]);
  const client = await pipeline.connected();
  expect(client.names('LDS')).toContain('default/web/misdirected/443');
  client.hold('RDS');
  pipeline.apply(m.gateway([...some, tls('any')]));
  await pipeline.quiet();
  expect(client.names('LDS')).toContain('default/web/misdirected/443');
  client.release('RDS');
  await pipeline.settle();
  expect(client.names('LDS')).toContain('default/web/misdirected/443');
  await pipeline.drain();
  expect(client.names('LDS')).toEqual(['default/web/443']);
  expect(client.names('CDS')).toEqual(['default/app/80/http1']);
});

test('a listener that clients connect to goes at once', async () => {
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([m.httpListener(), m.httpListener({ name: 'more', port: 81 })]),
  ]);
  const client = await pipeline.connected();
  for (const service of ['RDS', 'VHDS'] as const) client.hold(service);
  pipeline.apply(m.gateway([m.httpListener()]));
  await pipeline.quiet();
  expect(client.names('LDS')).toEqual(['default/web/80']);
});

test('without an ACK of the routes the cluster stays for as long as a hold and a drain', async () => {
  const pipeline = await Pipeline.started([...base, toApp, ...app]);
  const client = await pipeline.connected();
  client.hold('VHDS');
  pipeline.delete(toApp);
  await pipeline.advance(2900);
  expect(client.take()).toEqual(['VHDS default/web/80:*/*']);
  await pipeline.advance(200);
  expect(client.take()).toEqual(['CDS -default/app/80/http1']);
});

test('a route moves to another Service while its old one is deleted: new cluster, route, then the old one goes', async () => {
  const pipeline = await Pipeline.started([...base, toApp, ...app]);
  const client = await pipeline.connected();
  pipeline.replace(app, [toOther, ...other]);
  await pipeline.settle();
  expect(client.take()).toEqual([
    'CDS default/other/80/http1',
    'EDS default/other/80',
    'VHDS default/web/80:*/*',
  ]);
  expect(client.names('EDS')).toContain('default/app/80');
  await pipeline.drain();
  expect(client.take()).toEqual(['CDS -default/app/80/http1']);
});

test('a moved route leaves the endpoints of its old cluster as they were, for requests that are under way', async () => {
  const pipeline = await Pipeline.started([...base, toApp, ...app]);
  const client = await pipeline.connected();
  const before = client.held('EDS').get('default/app/80');
  client.hold('CDS');
  pipeline.replace(app, [toOther, ...other]);
  await pipeline.quiet();
  client.release('CDS');
  await pipeline.settle();
  expect(client.held('EDS').get('default/app/80')).toEqual(before);
});

test('a cluster stays while a listener whose worker is late names the routes that name the cluster', async () => {
  const late = Promise.withResolvers<void>();
  let isLate = false;
  const config: TranslatePool = {
    ...inlinePool,
    run: async (batch, isolated) => {
      if (isLate && decodeBatch(batch).units.some((unit) => unitKind(unit) === 'Listener'))
        await late.promise;
      return inlinePool.run(batch, isolated);
    },
  };
  const options = { pools: { config }, lanes: { batchSize: 1, parallel: 4 } };
  const secret = tlsSecret('tls', selfSigned(['a.test']));
  const [a = {}, b = {}] = ['a', 'b'].map((name) => ({
    name,
    hostname: `${name}.test`,
    port: 443,
    protocol: 'HTTPS',
    tls: { certificateRefs: [{ name: 'tls' }] },
  }));
  const route = m.httpRoute([{ backendRefs: [m.backend()] }], {
    parentRefs: [{ name: 'web', sectionName: 'b' }],
  });
  const pipeline = await Pipeline.started(
    [m.gatewayClass(), m.gateway([a, b]), secret, route, ...app],
    options,
  );
  const client = await pipeline.connected();
  isLate = true;
  pipeline.apply(m.gateway([a]));
  await pipeline.pass(holdMs);
  for (let i = 0; i < 4; i++) await pipeline.pass(1000);
  expect(client.names('CDS')).toContain('default/app/80/http1');
  expect(client.names('RDS')).toContain('default/web/443:b.test');
  late.resolve();
  await pipeline.drain();
  expect(client.names('CDS')).toEqual([]);
  expect(client.names('RDS')).toEqual(['default/web/443:a.test']);
});

test('a deleted Service answers with 500 by its route, and serves again once it is there again', async () => {
  const pipeline = await Pipeline.started([...base, toApp, ...app]);
  const client = await pipeline.connected();
  pipeline.delete(...app);
  await pipeline.settle();
  expect(client.routes('default/web/80:*')).toMatchObject({
    virtualHosts: [{ routes: [{ directResponse: { status: 500 } }] }],
  });
  expect(pipeline.routeConditions()['ResolvedRefs']).toMatchObject({
    status: 'False',
    reason: 'BackendNotFound',
  });
  pipeline.apply(...app);
  await pipeline.drain();
  expect(client.routes('default/web/80:*')).toMatchObject({
    virtualHosts: [{ routes: [{ route: { cluster: 'default/app/80/http1' } }] }],
  });
  expect(client.names('CDS')).toEqual(['default/app/80/http1']);
  expect(client.json('EDS', 'default/app/80')).toHaveProperty('endpoints[0].lbEndpoints[0]');
});

test('a Service that comes back before its cluster has drained keeps the cluster', async () => {
  const pipeline = await Pipeline.started([...base, toApp, ...app]);
  const client = await pipeline.connected();
  pipeline.delete(...app);
  await pipeline.advance(500);
  pipeline.apply(...app);
  await pipeline.drain();
  expect(client.take().filter((line) => line.includes('-default'))).toEqual([]);
  expect(client.names('CDS')).toEqual(['default/app/80/http1']);
});

test('a deleted Gateway takes its listeners at once and everything else after the drain', async () => {
  const gateway = m.gateway([m.httpListener()]);
  const pipeline = await Pipeline.started([m.gatewayClass(), gateway, toApp, ...app]);
  const client = await pipeline.connected();
  pipeline.delete(gateway);
  await pipeline.quiet();
  expect(client.take()).toEqual(['LDS -default/web/80', 'VHDS -default/web/80:*/*']);
  await pipeline.drain();
  expect(client.take()).toEqual(['CDS -default/app/80/http1']);
  expect(pipeline.controller.gateways()).toEqual([]);
  expect(pipeline.status('Gateway', 'web')).toBeUndefined();
});

test('a Gateway that is deleted and made again is served to the proxy that stayed', async () => {
  const gateway = m.gateway([m.httpListener()]);
  const pipeline = await Pipeline.started([m.gatewayClass(), gateway, toApp, ...app]);
  const client = await pipeline.connected();
  for (const wait of [0, 500, 5000]) {
    pipeline.delete(gateway);
    await pipeline.advance(wait);
    pipeline.apply(gateway);
    await pipeline.drain();
    expect([client.names('CDS'), client.names('LDS'), client.names('RDS')]).toEqual([
      ['default/app/80/http1'],
      ['default/web/80'],
      ['default/web/80:*'],
    ]);
  }
});

test('Gateways that come and go leave nothing behind', async () => {
  const pipeline = await Pipeline.started(base);
  const units = pipeline.controller.units;
  for (let i = 0; i < 20; i++) {
    const gateway = m.gateway([m.httpListener()], { name: `gw-${i}` });
    pipeline.apply(gateway);
    await pipeline.settle();
    expect(pipeline.controller.view(`default/gw-${i}`)).toBeDefined();
    pipeline.delete(gateway);
    await pipeline.settle();
    expect(pipeline.controller.view(`default/gw-${i}`)).toBeUndefined();
  }
  expect(pipeline.controller.units).toBe(units);
});
