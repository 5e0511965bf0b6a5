import { expect, test } from 'vitest';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const gatewayGroup = 'gateway.networking.k8s.io';
const there = [
  m.service('app', { namespace: 'other' }),
  m.endpointSlice(['10.0.0.1'], { namespace: 'other' }),
];
const grant = (kind: string, to: object) =>
  m.referenceGrant({ group: gatewayGroup, kind, namespace: 'default' }, { group: '', ...to }, 'other');
const toService = grant('HTTPRoute', { kind: 'Service' });
const base = [m.gatewayClass(), m.gateway([m.httpListener()])];
const across = m.backend('app', { namespace: 'other' });

test('without a ReferenceGrant a backend in another namespace is refused, and answers with 500', async () => {
  const pipeline = await Pipeline.started([...base, m.httpRoute([{ backendRefs: [across] }]), ...there]);
  const client = await pipeline.connected();
  expect(client.names('CDS')).toEqual([]);
  expect(pipeline.routeConditions()['ResolvedRefs']).toMatchObject({
    status: 'False',
    reason: 'RefNotPermitted',
  });
});

test('a grant opens the way and its end closes it, at once', async () => {
  const pipeline = await Pipeline.started([...base, m.httpRoute([{ backendRefs: [across] }]), ...there]);
  const client = await pipeline.connected();
  pipeline.apply(toService);
  await pipeline.settle();
  expect(client.names('CDS')).toEqual(['other/app/80/http1']);
  expect(pipeline.routeConditions()['ResolvedRefs']).toMatchObject({ status: 'True' });
  client.take();
  pipeline.delete(toService);
  await pipeline.settle();
  expect(client.take()).toEqual(['VHDS default/web/80:*/*']);
  expect(client.routes('default/web/80:*')).toHaveProperty(
    'virtualHosts[0].routes[0].directResponse.status',
    500,
  );
  await pipeline.drain();
  expect(client.names('CDS')).toEqual([]);
});

test('a grant for another Service, kind or namespace opens nothing', async () => {
  const pipeline = await Pipeline.started([...base, m.httpRoute([{ backendRefs: [across] }]), ...there]);
  for (const wrong of [
    grant('HTTPRoute', { kind: 'Service', name: 'another' }),
    grant('Gateway', { kind: 'Service' }),
    grant('HTTPRoute', { kind: 'Secret' }),
    m.referenceGrant(
      { group: gatewayGroup, kind: 'HTTPRoute', namespace: 'third' },
      { group: '', kind: 'Service' },
      'other',
    ),
  ]) {
    pipeline.apply(wrong);
    await pipeline.settle();
    expect(pipeline.names('CDS')).toEqual([]);
  }
});

test('a mirror into another namespace needs a grant like any backend', async () => {
  const mirror = { type: 'RequestMirror', requestMirror: { backendRef: across } };
  const pipeline = await Pipeline.started([
    ...base,
    ...there,
    m.service(),
    m.endpointSlice(['10.0.0.2']),
    m.httpRoute([{ backendRefs: [m.backend()], filters: [mirror] }]),
  ]);
  expect(pipeline.names('CDS')).toEqual(['default/app/80/http1']);
  expect(pipeline.routeConditions()['ResolvedRefs']).toMatchObject({ reason: 'RefNotPermitted' });
  pipeline.apply(toService);
  await pipeline.settle();
  expect(pipeline.names('CDS')).toEqual(['default/app/80/http1', 'other/app/80/http1']);
});

test('a Secret in another namespace needs a grant to the Gateway, and loses the listener with it', async () => {
  const listener = {
    name: 's',
    port: 443,
    protocol: 'HTTPS',
    tls: { certificateRefs: [{ name: 'tls', namespace: 'other' }] },
  };
  const toSecret = grant('Gateway', { kind: 'Secret' });
  const secret = tlsSecret('tls', selfSigned(['a.example.com']), 'other');
  const pipeline = await Pipeline.started([m.gatewayClass(), m.gateway([listener]), secret, toSecret]);
  const client = await pipeline.connected();
  expect(client.names('SDS')).toEqual(['other/tls']);
  pipeline.delete(toSecret);
  await pipeline.drain();
  expect(client.names('LDS')).toEqual([]);
  expect(client.names('SDS')).toEqual([]);
  expect(pipeline.listenerConditions('s')['ResolvedRefs']).toMatchObject({ reason: 'RefNotPermitted' });
});
