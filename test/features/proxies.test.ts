import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const slice = (name: string, address: string) => m.endpointSlice([address], { name, service: name });
const manifests = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  m.gateway([m.httpListener()], { name: 'edge' }),
  ...['a', 'b'].flatMap((name) => [m.service(name), slice(name, '10.0.0.1')]),
  m.httpRoute([{ backendRefs: [m.backend('a')] }], { name: 'a' }),
  m.httpRoute([{ backendRefs: [m.backend('b')] }], { name: 'b', parentRefs: [{ name: 'edge' }] }),
];

test('a proxy that never ACKs does not hold the others, and is owed one response, however much changes', async () => {
  const pipeline = await Pipeline.started(manifests);
  const slow = await pipeline.connected({ id: 'slow' });
  const fast = await pipeline.connected({ id: 'fast' });
  for (const service of ['CDS', 'EDS', 'LDS', 'RDS', 'VHDS'] as const) slow.hold(service);
  for (let i = 1; i <= 50; i++) {
    pipeline.apply(slice('a', `10.0.1.${i}`));
    await pipeline.settle();
  }
  expect(fast.take()).toHaveLength(50);
  expect(slow.take()).toEqual(['EDS default/a/80']);
  slow.release('EDS');
  await pipeline.settle();
  expect(slow.take()).toEqual(['EDS default/a/80']);
  expect(slow.held('EDS')).toEqual(fast.held('EDS'));
});

test('two proxies with one node id have nothing in common', async () => {
  const pipeline = await Pipeline.started(manifests);
  const first = await pipeline.connected({ id: 'same' });
  const second = await pipeline.connected({ id: 'same' });
  first.close();
  pipeline.apply(slice('a', '10.0.0.9'));
  await pipeline.settle();
  expect(second.take()).toEqual(['EDS default/a/80']);
  expect(first.take()).toEqual([]);
});

test('a proxy sees its own Gateway and no other', async () => {
  const pipeline = await Pipeline.started(manifests);
  const web = await pipeline.connected({ gateway: 'default/web' });
  const edge = await pipeline.connected({ gateway: 'default/edge' });
  expect([web.names('CDS'), web.names('LDS')]).toEqual([['default/a/80/http1'], ['default/web/80']]);
  expect([edge.names('CDS'), edge.names('LDS')]).toEqual([['default/b/80/http1'], ['default/edge/80']]);
  pipeline.apply(slice('b', '10.0.0.9'));
  await pipeline.settle();
  expect([web.take(), edge.take()]).toEqual([[], ['EDS default/b/80']]);
});

test('a proxy of a Gateway that does not exist hears nothing until it does', async () => {
  const pipeline = await Pipeline.started(manifests);
  const client = pipeline.connect({ gateway: 'default/__proto__' });
  const later = pipeline.connect({ gateway: 'default/later' });
  await pipeline.quiet();
  expect([client.take(), later.take()]).toEqual([[], []]);
  pipeline.apply(m.gateway([m.httpListener()], { name: 'later' }));
  await pipeline.settle();
  expect(later.names('LDS')).toEqual(['default/later/80']);
});

test('a Service that two Gateways use is one cluster to each, and its endpoints go to both', async () => {
  const pipeline = await Pipeline.started(manifests);
  const web = await pipeline.connected({ gateway: 'default/web' });
  const edge = await pipeline.connected({ gateway: 'default/edge' });
  pipeline.apply(
    m.httpRoute([{ backendRefs: [m.backend('a')] }], { name: 'b', parentRefs: [{ name: 'edge' }] }),
  );
  await pipeline.drain();
  pipeline.apply(slice('a', '10.0.0.7'));
  await pipeline.settle();
  expect(web.held('EDS').get('default/a/80')).toEqual(edge.held('EDS').get('default/a/80'));
  expect(edge.names('CDS')).toEqual(['default/a/80/http1']);
});

test('a proxy whose clusters do not get warm waits alone, and the others have their routes at once', async () => {
  const pipeline = await Pipeline.started(manifests);
  const slow = await pipeline.connected({ id: 'slow' });
  const fast = await pipeline.connected({ id: 'fast' });
  slow.hold('CDS');
  pipeline.apply(
    m.httpRoute([{ backendRefs: [m.backend('a'), m.backend('b')] }], { name: 'a' }),
    m.service('b'),
    slice('b', '10.0.0.2'),
  );
  await pipeline.quiet();
  expect(fast.take().at(-1)).toBe('VHDS default/web/80:*/*');
  expect(slow.take()).toEqual(['CDS default/b/80/http1', 'EDS default/b/80']);
  slow.release('CDS');
  await pipeline.settle();
  expect(slow.take()).toEqual(['VHDS default/web/80:*/*']);
});
