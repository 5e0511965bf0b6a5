import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const backends = ['app', 'two'].flatMap((name) => [
  m.service(name),
  m.endpointSlice(['10.0.0.1'], { name: `${name}-1`, service: name }),
]);
const base = [m.gatewayClass(), m.gateway([m.httpListener()]), ...backends];
const ruleA = { matches: [m.prefix('/a')], backendRefs: [m.backend()] };
const ruleB = { matches: [m.prefix('/b')], backendRefs: [m.backend('two')] };

test('a changed match sends only the virtual host', async () => {
  const pipeline = await Pipeline.started([...base, m.httpRoute([ruleA])]);
  const client = await pipeline.connected();
  pipeline.apply(m.httpRoute([{ ...ruleA, matches: [m.prefix('/other')] }]));
  await pipeline.drain();
  expect(client.take()).toEqual(['VHDS default/web/80:*/*']);
});

test('a changed weight sends only the virtual host', async () => {
  const pipeline = await Pipeline.started([...base, weighted(1)]);
  const client = await pipeline.connected();
  pipeline.apply(weighted(2));
  await pipeline.drain();
  expect(client.take()).toEqual(['VHDS default/web/80:*/*']);
});

test('rules in another order change neither clusters nor listeners', async () => {
  const pipeline = await Pipeline.started([...base, m.httpRoute([ruleA, ruleB])]);
  const client = await pipeline.connected();
  pipeline.apply(m.httpRoute([ruleB, ruleA]));
  await pipeline.drain();
  expect(client.take().filter((line) => !line.startsWith('VHDS'))).toEqual([]);
});

test('a rule put before the others changes neither clusters nor listeners', async () => {
  const pipeline = await Pipeline.started([...base, m.httpRoute([ruleA, ruleB])]);
  const client = await pipeline.connected();
  pipeline.apply(
    m.httpRoute([{ matches: [m.prefix('/new')], backendRefs: [m.backend('two')] }, ruleA, ruleB]),
  );
  await pipeline.drain();
  expect(client.take()).toEqual(['VHDS default/web/80:*/*']);
});

test('of many hostnames, a change of one leaves the bytes of the others as they are', async () => {
  const routes = ['a', 'b', 'c'].map((host) =>
    m.httpRoute([ruleA], { name: host, hostnames: [`${host}.example.com`] }),
  );
  const pipeline = await Pipeline.started([...base, ...routes]);
  const client = await pipeline.connected();
  const before = client.routes('default/web/80:*')['virtualHosts'] as object[];
  pipeline.apply(m.httpRoute([ruleB], { name: 'b', hostnames: ['b.example.com'] }));
  await pipeline.settle();
  const after = client.routes('default/web/80:*')['virtualHosts'] as object[];
  expect(after.map((host, i) => JSON.stringify(host) === JSON.stringify(before[i]))).toEqual([
    true,
    true,
    false,
    true,
  ]);
});

test('a Service port that changes its protocol is a new cluster, there before the routes move to it', async () => {
  const pipeline = await Pipeline.started([...base, m.httpRoute([ruleA])]);
  const client = await pipeline.connected();
  pipeline.apply(m.service('app', { port: { appProtocol: 'kubernetes.io/h2c' } }));
  await pipeline.settle();
  expect(client.take()).toEqual([
    'CDS default/app/80/http2',
    'EDS default/app/80',
    'VHDS default/web/80:*/*',
  ]);
  await pipeline.drain();
  expect(client.take()).toEqual(['CDS -default/app/80/http1']);
});

function weighted(weight: number): object {
  return m.httpRoute([{ backendRefs: [m.backend('app', { weight }), m.backend('two', { weight: 5 })] }]);
}
