import { expect, test } from 'vitest';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const names = ['a', 'b', 'c'];
const tls = tlsSecret('tls', selfSigned(['a.example.com']));
const https = { name: 's', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'tls' }] } };
const manifests = [
  m.gatewayClass(),
  m.gateway([m.httpListener(), https]),
  tls,
  ...names.map((name) => m.service(name)),
  ...names.map((name) => m.endpointSlice(['10.0.0.1'], { name, service: name })),
  m.httpRoute(names.map((name) => ({ matches: [m.prefix(`/${name}`)], backendRefs: [m.backend(name)] }))),
];

function routeTo(name: string): object {
  return m.httpRoute([{ backendRefs: [m.backend(name)] }]);
}

test('a proxy that reconnects and has everything is sent nothing', async () => {
  const pipeline = await Pipeline.started(manifests);
  const before = await pipeline.connected();
  before.close();
  const client = pipeline.connect({ restore: before });
  await pipeline.drain();
  expect(client.take().filter((line) => line.includes('/'))).toEqual([]);
});

test('another replica, or the same one after a restart, sends it nothing either', async () => {
  const first = await Pipeline.started(manifests);
  const before = await first.connected();
  before.close();
  const second = new Pipeline();
  for (const manifest of manifests.toReversed()) second.apply(manifest);
  const client = second.connect({ restore: before });
  second.controller.sourcesComplete();
  await second.drain();
  expect(client.take().filter((line) => line.includes('/'))).toEqual([]);
});

test('what changed while it was away is sent, and nothing else', async () => {
  const pipeline = await Pipeline.started(manifests);
  const before = await pipeline.connected();
  before.close();
  pipeline.apply(m.endpointSlice(['10.0.0.9'], { name: 'b', service: 'b' }));
  await pipeline.settle();
  const client = pipeline.connect({ restore: before });
  await pipeline.drain();
  expect(client.take().filter((line) => line.includes('/'))).toEqual(['EDS default/b/80']);
});

test('what went away meanwhile is removed', async () => {
  const pipeline = await Pipeline.started(manifests);
  const before = await pipeline.connected();
  before.close();
  pipeline.apply(m.httpRoute([{ matches: [m.prefix('/a')], backendRefs: [m.backend('a')] }]));
  await pipeline.settle();
  const client = pipeline.connect({ restore: before });
  await pipeline.drain();
  expect(client.names('CDS')).toEqual(['default/a/80/http1']);
  const lines = client.take();
  expect(lines.findIndex((line) => line.startsWith('VHDS'))).toBeLessThan(
    lines.findIndex((line) => line.includes('-default/b')),
  );
});

test('a Gateway that lost its last listener while no replica ran takes it from its proxies', async () => {
  const first = await Pipeline.started(manifests);
  const before = await first.connected();
  before.close();
  const tcp = { name: 'odd', port: 80, protocol: 'example.com/odd' };
  const second = await Pipeline.started([m.gatewayClass(), m.gateway([tcp])]);
  const client = second.connect({ restore: before });
  await second.drain();
  expect(client.names('LDS')).toEqual([]);
});

test('a proxy of a Gateway that is not known keeps what it has', async () => {
  const first = await Pipeline.started(manifests);
  const before = await first.connected();
  before.close();
  const second = await Pipeline.started([m.gatewayClass()]);
  const client = second.connect({ restore: before });
  await second.drain();
  expect(client.names('LDS')).not.toEqual([]);
});

test('a proxy that does not say what it has gets everything again', async () => {
  const pipeline = await Pipeline.started(manifests);
  const before = await pipeline.connected();
  before.close();
  const client = pipeline.connect({ restore: before, initialVersions: () => new Map() });
  client.forgetHeld();
  await pipeline.settle();
  expect(client.names('CDS')).toHaveLength(3);
  expect(client.names('EDS')).toHaveLength(3);
  expect(client.names('SDS')).toEqual(['default/tls']);
});

test('names that it says to have in versions of long ago are brought up to date', async () => {
  const pipeline = await Pipeline.started(manifests);
  const before = await pipeline.connected();
  before.close();
  const client = pipeline.connect({
    restore: before,
    initialVersions: (_, versions) =>
      new Map([...versions].map(([name], i) => [name, i % 2 === 0 ? 'old' : 'older'])),
  });
  client.forgetHeld();
  await pipeline.settle();
  expect(client.names('EDS')).toHaveLength(3);
});

test('names that never existed are removed, and harm nothing', async () => {
  const pipeline = await Pipeline.started(manifests);
  const before = await pipeline.connected();
  before.close();
  const client = pipeline.connect({
    restore: before,
    initialVersions: (service, versions) =>
      service === 'CDS' ? new Map([...versions, ['__proto__', '1'], ['gone', '2']]) : versions,
  });
  client.expectRemoval('CDS', ['__proto__', 'gone']);
  await pipeline.drain();
  expect(client.take().filter((line) => line.includes('-'))).toEqual(['CDS -__proto__ -gone']);
  expect(client.names('CDS')).toHaveLength(3);
});

test('after a reconnect a changed listener brings its Secrets and routes along, though the proxy has them', async () => {
  const pipeline = await Pipeline.started(manifests);
  const before = await pipeline.connected();
  before.close();
  const client = pipeline.connect({ restore: before });
  await pipeline.drain();
  client.take();
  pipeline.apply(m.gateway([m.httpListener(), https, { ...https, name: 's2', hostname: 'b.example.com' }]));
  await pipeline.settle();
  expect(client.take()).toEqual(expect.arrayContaining(['LDS default/web/443', 'SDS default/tls']));
  expect(client.held('SDS')).toEqual(before.held('SDS'));
});

test('its old cluster stays until it has the new routes, however long the new cluster takes to be warm', async () => {
  const first = await Pipeline.started([...manifests, routeTo('a')]);
  const before = await first.connected();
  before.close();
  const second = await Pipeline.started([...manifests, routeTo('b')]);
  const client = second.connect({ restore: before });
  client.hold('CDS');
  await second.advance(1500);
  client.release('CDS');
  await second.quiet();
  await second.drain();
  const lines = client.take();
  const at = (text: string): number => lines.findIndex((line) => line.includes(text));
  expect(at('-default/a/80/http1')).toBeGreaterThan(at('VHDS default/web/80:*/*'));
});
