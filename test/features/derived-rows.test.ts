import { expect, test } from 'vitest';
import type { UnitName } from '../../src/lib/key.ts';
import * as m from '../rig/objects/manifests.ts';
import { OutcomePool } from '../rig/pipeline/outcome-pool.ts';
import { Pipeline, type PipelineOptions } from '../rig/pipeline/pipeline.ts';

const routes = Array.from({ length: 10 }, (_, i) =>
  m.httpRoute([{ backendRefs: [m.backend()] }], { name: `r${i}`, hostnames: [`h${i}.test`] }),
);
const manifests = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
  ...routes,
];
const maker = 'EffectiveListeners/default/web' as UnitName;

async function started(options: PipelineOptions = {}): Promise<{ pipeline: Pipeline; pool: OutcomePool }> {
  const pool = new OutcomePool();
  return { pool, pipeline: await Pipeline.started(manifests, { ...options, pools: { config: pool } }) };
}

test('from the start every unit is translated once, as those whose rows it reads have gone before', async () => {
  const { pool } = await started();
  const often = [...pool.ended].filter(([, ended]) => ended !== 1);
  expect(pool.ended.size).toBeGreaterThan(20);
  expect(often).toEqual([]);
});

test('an edit of a Gateway that leaves its listeners as they are stops at their row', async () => {
  const { pipeline, pool } = await started();
  pool.take();
  pipeline.apply(m.gateway([m.httpListener()], { addresses: [{ value: '192.0.2.1' }] }));
  await pipeline.settle();
  expect([...pool.take().sent.keys()].sort()).toEqual([
    'AttachedPolicies/default/web/Gateway/default/web',
    maker,
    'Gateway/default/web',
    'Infrastructure/default/web',
  ]);
});

test('labels of a Gateway and an edit of one port are nothing to the Listener of another', async () => {
  const { pipeline, pool } = await started();
  const more = { name: 'more', port: 81, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'tls' }] } };
  pipeline.apply(m.gateway([m.httpListener(), { ...more, hostname: 'a.test' }]));
  await pipeline.settle();
  pool.take();
  const edited = m.gateway([m.httpListener(), { ...more, hostname: 'b.test' }]) as {
    metadata: object;
  };
  pipeline.apply({ ...edited, metadata: { ...edited.metadata, labels: { team: 'a' } } });
  await pipeline.settle();
  const listeners = [...pool.take().sent.keys()].filter((unit) => unit.startsWith('Listener/'));
  expect(listeners).toEqual(['Listener/default/web/tcp/81']);
});

test('what reads a changed row goes once, with the same wave', async () => {
  const { pipeline, pool } = await started();
  pool.take();
  pipeline.apply(m.gateway([m.httpListener({ port: 81 })]));
  await pipeline.settle();
  expect([...pool.ended].filter(([, ended]) => ended !== 1)).toEqual([]);
  expect(pool.take().sent.get('AttachedRoute/default/web/HTTPRoute/default/r3' as UnitName)).toBe(1);
  expect(pipeline.names('RDS')).toEqual(['default/web/81:*']);
});

test('an edit of a listener is none of what is attached to others', async () => {
  const { pipeline, pool } = await started();
  pipeline.apply(
    ...routes.map((_, i) => {
      const parentRefs = [{ name: 'web', sectionName: `r${i}` }];
      return m.httpRoute([{ backendRefs: [m.backend()] }], { name: `r${i}`, parentRefs });
    }),
    m.gateway(routes.map((_, i) => m.httpListener({ name: `r${i}`, hostname: `h${i}.test` }))),
  );
  await pipeline.settle();
  pool.take();
  const listeners = routes.map((_, i) =>
    m.httpListener({ name: `r${i}`, hostname: `h${i}.${i === 3 ? 'new' : 'test'}` }),
  );
  pipeline.apply(m.gateway(listeners, { infrastructure: { labels: { team: 'a' } } }));
  await pipeline.settle();
  expect([...pool.take().sent.keys()].filter((unit) => unit.includes('Route'))).toEqual([
    'AttachedRoute/default/web/HTTPRoute/default/r3',
    'HTTPRoute/default/r3',
  ]);
});

test('while the maker of a row has not answered, its absence has no effect', async () => {
  const { pipeline, pool } = await started();
  const before = pipeline.view();
  pipeline.delete(m.gateway([m.httpListener()]));
  pool.held.add(maker);
  pipeline.apply(m.gateway([m.httpListener()]));
  // Makes a reader dirty in a wave of its own, while the maker is still with its worker.
  for (let i = 0; i < 20; i++) await pipeline.pass(200);
  pipeline.apply(m.httpRoute([{ backendRefs: [m.backend()] }], { name: 'r0', hostnames: ['new.test'] }));
  for (let i = 0; i < 20; i++) await pipeline.pass(200);
  expect(pool.ended.get('HTTPRoute/default/r0' as UnitName)).toBeGreaterThan(1);
  expect(pipeline.routeConditions('r1')['Accepted']?.status).toBe('True');
  pool.release();
  await pipeline.settle();
  expect(pipeline.routeConditions('r0')['Accepted']?.status).toBe('True');
  const names = [...before.keys()].map((name) => name.replace('/h0.test', '/new.test'));
  expect([...pipeline.view().keys()].sort()).toEqual(names.sort());
});

test('what waits for a maker does not wait for one that has ended', async () => {
  const pool = new OutcomePool();
  const pipeline = await Pipeline.started(manifests.slice(2), { pools: { config: pool } });
  pool.held.add(maker);
  pipeline.apply(m.gatewayClass(), m.gateway([m.httpListener()]));
  for (let i = 0; i < 20; i++) await pipeline.pass(200);
  pipeline.apply(m.httpRoute([{ backendRefs: [m.backend()] }], { name: 'r0', hostnames: ['new.test'] }));
  for (let i = 0; i < 20; i++) await pipeline.pass(200);
  pipeline.delete(m.gateway([m.httpListener()]));
  pool.release();
  await pipeline.settle();
  expect(pipeline.names('RDS')).toEqual([]);
  expect(pipeline.status('HTTPRoute', 'r0')).toBeUndefined();
});

test('a maker that fails keeps its last good row, and what reads it goes on', async () => {
  const { pipeline, pool } = await started();
  pool.failing.add(maker);
  pipeline.apply(
    m.gateway([m.httpListener({ port: 81 })]),
    m.httpRoute([{ matches: [m.prefix('/new')], backendRefs: [m.backend()] }], {
      name: 'r0',
      hostnames: ['h0.test'],
    }),
  );
  await pipeline.settle();
  expect(pipeline.names('RDS')).toEqual(['default/web/80:*']);
  const client = await pipeline.connected();
  expect(JSON.stringify(client.routes('default/web/80:*'))).toContain('/new');
});

test('a maker that fails from the start holds nothing back without limit', async () => {
  const pool = new OutcomePool();
  pool.failing.add(maker);
  const pipeline = await Pipeline.started(manifests, { pools: { config: pool } });
  expect(pipeline.names('RDS')).toEqual([]);
  pool.failing.clear();
  pipeline.apply(m.gateway([m.httpListener({ port: 81 })]));
  await pipeline.settle();
  expect(pipeline.names('RDS')).toEqual(['default/web/81:*']);
});
