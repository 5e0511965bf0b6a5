import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { DeltaClient } from '../rig/xds/delta-client.ts';
import * as m from '../rig/objects/manifests.ts';
import { holdMs, Pipeline } from '../rig/pipeline/pipeline.ts';
import { ScheduledPool } from '../rig/pipeline/scheduled-pool.ts';
import { slotLine } from '../rig/xds/slot-line.ts';
import type { Service } from '../rig/xds/xds-types.ts';

const app = [m.service(), m.endpointSlice(['10.0.0.1'])];
const other = [m.service('other'), m.endpointSlice(['10.0.0.2'], { name: 'other-1', service: 'other' })];
const base = [m.gatewayClass(), m.gateway([m.httpListener()]), ...app, ...other];
const toApp = m.httpRoute([{ backendRefs: [m.backend()] }]);
const both = m.httpRoute([{ backendRefs: [m.backend(), m.backend('other')] }]);

test('a route to a new Service: cluster, its endpoints, and the route after the ACK', async () => {
  const pipeline = await Pipeline.started([...base, toApp]);
  const client = await pipeline.connected();
  pipeline.apply(both);
  await pipeline.settle();
  expect(client.take()).toEqual([
    'CDS default/other/80/http1',
    'EDS default/other/80',
    'VHDS default/web/80:*/*',
  ]);
});

test('the route waits while the cluster has not been ACKed, and goes with the ACK', async () => {
  const pipeline = await Pipeline.started([...base, toApp]);
  const client = await pipeline.connected();
  client.hold('CDS');
  pipeline.apply(both);
  await pipeline.advance(holdMs - 1);
  expect(client.take()).toEqual(['CDS default/other/80/http1', 'EDS default/other/80']);
  client.release('CDS');
  await pipeline.settle();
  expect(client.take()).toEqual(['VHDS default/web/80:*/*']);
});

test('a hold ends at its deadline, and says so', async () => {
  const pipeline = await Pipeline.started([...base, toApp]);
  const client = await pipeline.connected();
  client.hold('CDS');
  pipeline.apply(both);
  await pipeline.quiet();
  client.take();
  client.tolerant = true;
  await pipeline.advance(holdMs);
  expect(client.take()).toEqual(['VHDS default/web/80:*/*']);
  expect(pipeline.log.lines).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      message: 'routes were sent at the deadline, before what they name was acknowledged',
    }),
  );
});

test('endpoints go while clusters have not been ACKed', async () => {
  const pipeline = await Pipeline.started([...base, toApp]);
  const client = await pipeline.connected();
  client.hold('CDS');
  pipeline.apply(both);
  await pipeline.quiet();
  client.take();
  pipeline.apply(m.endpointSlice(['10.0.0.9']));
  await pipeline.quiet();
  expect(client.take()).toEqual(['EDS default/app/80']);
});

test('clusters that never stop coming do not hold back routes whose clusters are there', async () => {
  const services = Array.from({ length: 8 }, (_, i) => m.service(`s${i}`));
  const pipeline = await Pipeline.started([...base, ...services, toApp]);
  const client = await pipeline.connected();
  for (const [i] of services.entries()) {
    client.hold('CDS');
    pipeline.apply(
      m.httpRoute([{ matches: [m.prefix(`/s${i}`)], backendRefs: [m.backend(`s${i}`)] }], { name: `s${i}` }),
    );
    await pipeline.advance(holdMs / 2);
    client.release('CDS');
    await pipeline.quiet();
  }
  const sent = client.take().filter((line) => line.startsWith('VHDS'));
  expect(sent.length).toBeGreaterThanOrEqual(4);
  await pipeline.drain();
  expect(client.names('CDS')).toHaveLength(9);
});

test('a new Gateway port waits for nothing but its clusters', async () => {
  const pipeline = await Pipeline.started([...base, toApp]);
  const client = await pipeline.connected();
  pipeline.apply(m.gateway([m.httpListener(), m.httpListener({ name: 'alt', port: 8080 })]));
  await pipeline.settle();
  expect(client.take()).toEqual([
    'LDS default/web/8080',
    slotLine,
    'RDS default/web/8080:*',
    'VHDS default/web/8080:*/*',
  ]);
});

test('routes whose cluster waited for its endpoints go behind it, though other endpoints are under way', async () => {
  const [config, endpoints] = [new ScheduledPool(), new ScheduledPool()];
  const pipeline = new Pipeline({ pools: { endpoints, config }, lanes: { batchSize: 1, parallel: 2 } });
  pipeline.apply(m.gatewayClass(), m.gateway([m.httpListener()]), ...routeWithService('old'));
  pipeline.controller.sourcesComplete();
  const client = pipeline.connect();
  await answerAll(config, endpoints);
  client.hold('CDS');
  pipeline.apply(...routeWithService('first'));
  await answerAll(config, endpoints);
  pipeline.apply(sliceOf('old', '10.0.0.2'), ...routeWithService('second'), ...routeWithService('third'));
  await answerAll(config);
  endpoints.answer(0);
  await answerAll(config);
  expect(endpoints.waiting).toBe(2);
  endpoints.answer(0);
  await answerAll(config);
  client.release('CDS');
  await answerAll(config, endpoints);
  // Throws if routes name a cluster that the client has not ACKed.
  await pipeline.settle();
});

test('held routes do not go when their cluster has gone before it was sent', async () => {
  const old = routeWithService('old');
  const pipeline = await Pipeline.started([m.gatewayClass(), m.gateway([m.httpListener()]), ...old]);
  const client = await pipeline.connected();
  client.hold('CDS');
  pipeline.delete(...old);
  await pipeline.advance(1100);
  expect(client.take()).toEqual(['VHDS -default/web/80:*/old.test', 'CDS -default/old/80/http1']);
  pipeline.apply(...routeWithService('first'));
  await pipeline.quiet();
  pipeline.replace(routeWithService('first'), routeWithService('second'));
  await pipeline.quiet();
  await answerOnce(pipeline, client, 'CDS');
  expect(client.take()).toEqual(['CDS default/second/80/http1', 'EDS default/second/80']);
  pipeline.apply(...routeWithService('third'));
  await pipeline.quiet();
  await answerOnce(pipeline, client, 'CDS');
  // Those that name `second` and not `first`; they do not wait for `third`.
  expect(client.take()).toContain('VHDS default/web/80:*/second.test');
  client.release('CDS');
  await pipeline.settle();
  expect(client.names('CDS')).toEqual(['default/second/80/http1', 'default/third/80/http1']);
});

test('a cluster that shares its endpoints is warm with those there are, though their Service has just gone', async () => {
  const config = new ScheduledPool();
  const pipeline = new Pipeline({ pools: { config } });
  pipeline.apply(...base, toApp);
  pipeline.controller.sourcesComplete();
  const client = pipeline.connect();
  await answerAll(config);
  await pipeline.settle();
  client.take();
  const endpoints = client.held('EDS').get('default/app/80');
  pipeline.apply(m.service('app', { port: { appProtocol: 'kubernetes.io/h2c' } }));
  await turn();
  expect(config.waiting).toBe(1);
  pipeline.delete(m.service());
  await answerAll(config);
  await pipeline.quiet();
  expect(client.take()).toEqual([
    'CDS default/app/80/http2',
    'EDS default/app/80',
    'VHDS default/web/80:*/*',
  ]);
  expect(client.held('EDS').get('default/app/80')).toEqual(endpoints);
  await pipeline.drain();
  expect(client.take()).toEqual(['CDS -default/app/80/http1 -default/app/80/http2']);
  expect(pipeline.names('EDS')).toEqual([]);
});

/** ACKs the responses of a type that have come, but not those that this causes. */
async function answerOnce(pipeline: Pipeline, client: DeltaClient, service: Service): Promise<void> {
  client.release(service);
  client.hold(service);
  await pipeline.quiet();
}

function routeWithService(name: string): object[] {
  const route = m.httpRoute([{ backendRefs: [m.backend(name)] }], { name, hostnames: [`${name}.test`] });
  return [route, m.service(name), sliceOf(name, '10.0.0.1')];
}

function sliceOf(service: string, address: string): object {
  return m.endpointSlice([address], { name: `${service}-1`, service });
}

async function answerAll(...pools: readonly ScheduledPool[]): Promise<void> {
  for (let still = 0; still < 8; still++) {
    await turn();
    for (const pool of pools) {
      if (pool.waiting > 0) still = 0;
      while (pool.waiting > 0) pool.answer(0);
    }
  }
}
