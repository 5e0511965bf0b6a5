import { expect, test } from 'vitest';
import { inlinePool } from '../../src/pool/inline.ts';
import type { TranslatePool } from '../../src/pool/translate-pool.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const app = [m.service(), m.endpointSlice(['10.0.0.1'])];
const other = [m.service('other'), m.endpointSlice(['10.0.0.2'], { name: 'other-1', service: 'other' })];
const base = [m.gatewayClass(), m.gateway([m.httpListener()])];
const toApp = m.httpRoute([{ backendRefs: [m.backend()] }]);
const toOther = m.httpRoute([{ backendRefs: [m.backend('other')] }]);
const waiting = { namedObjectWaitMs: 1000 };

test('a route that comes before its Service waits for it, and no report says that it is missing', async () => {
  const pipeline = await Pipeline.started([...base, toApp, ...app], waiting);
  const client = await pipeline.connected();
  pipeline.apply(toOther);
  await pipeline.advance(900);
  expect(client.take()).toEqual([]);
  expect(pipeline.routeConditions()['ResolvedRefs']).toMatchObject({ status: 'True' });
  pipeline.apply(...other);
  await pipeline.settle();
  expect(client.take()).toEqual([
    'CDS default/other/80/http1',
    'EDS default/other/80',
    'VHDS default/web/80:*/*',
  ]);
  expect(pipeline.routeConditions()['ResolvedRefs']).toMatchObject({ status: 'True' });
});

test('a Service that does not come within a second is said to be missing', async () => {
  const pipeline = await Pipeline.started([...base, toApp, ...app], waiting);
  const client = await pipeline.connected();
  pipeline.apply(toOther);
  await pipeline.advance(999);
  expect(client.take()).toEqual([]);
  await pipeline.advance(1);
  expect(client.take()).toEqual(['VHDS default/web/80:*/*']);
  expect(pipeline.routeConditions()['ResolvedRefs']).toMatchObject({ reason: 'BackendNotFound' });
});

test('edits that go on naming other missing Services do not make the wait longer', async () => {
  const pipeline = await Pipeline.started([...base, toApp, ...app], waiting);
  for (const name of ['a', 'b', 'c']) {
    pipeline.apply(m.httpRoute([{ backendRefs: [m.backend(name)] }]));
    await pipeline.advance(300);
  }
  await pipeline.advance(100);
  expect(pipeline.routeConditions()['ResolvedRefs']).toMatchObject({
    reason: 'BackendNotFound',
    message: expect.stringContaining('default/c') as unknown,
  });
});

test('a Service that is deleted is missed at once', async () => {
  const pipeline = await Pipeline.started([...base, toApp, ...app], waiting);
  const client = await pipeline.connected();
  pipeline.delete(...app);
  await pipeline.quiet();
  expect(client.take()).toContain('VHDS default/web/80:*/*');
  expect(pipeline.routeConditions()['ResolvedRefs']).toMatchObject({ reason: 'BackendNotFound' });
});

test('what is missing when everything was read is missing, without a wait', async () => {
  const pipeline = await Pipeline.started([...base, toOther], waiting);
  expect(pipeline.routeConditions()['ResolvedRefs']).toMatchObject({ reason: 'BackendNotFound' });
  pipeline.apply(m.httpRoute([{ backendRefs: [m.backend('other', { weight: 2 })] }]));
  await pipeline.quiet();
  expect(pipeline.routeConditions()['ResolvedRefs']).toMatchObject({ reason: 'BackendNotFound' });
});

test('a Service that comes while the route is being translated without it is in force with the route', async () => {
  let answer: (() => void) | undefined;
  let rounds: number | undefined;
  // Round one finds that the Service must be read, round two that it does not exist.
  const pool: TranslatePool = {
    ...inlinePool,
    run: async (batch, isolated) => {
      const result = await inlinePool.run(batch, isolated);
      if (rounds !== undefined && ++rounds === 2) await new Promise<void>((resolve) => (answer = resolve));
      return result;
    },
  };
  const pipeline = await Pipeline.started([...base, toApp, ...app], { ...waiting, pools: { config: pool } });
  const client = await pipeline.connected();
  rounds = 0;
  pipeline.apply(toOther);
  await pipeline.until(() => answer !== undefined);
  pipeline.apply(...other);
  answer?.();
  await pipeline.settle();
  expect(client.take().filter((line) => line.startsWith('VHDS'))).toEqual(['VHDS default/web/80:*/*']);
  expect(pipeline.routeConditions()['ResolvedRefs']).toMatchObject({ status: 'True' });
});
