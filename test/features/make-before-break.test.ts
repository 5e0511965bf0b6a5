import { expect, test } from 'vitest';
import * as m from '../fakes/manifests.ts';
import { holdMs, Pipeline } from '../fakes/pipeline.ts';

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
  expect(client.take()).toEqual(['CDS default/other/80/http1', 'EDS default/other/80', 'RDS default/web/80']);
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
  expect(client.take()).toEqual(['RDS default/web/80']);
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
  expect(client.take()).toEqual(['RDS default/web/80']);
  expect(pipeline.log.lines).toContainEqual(
    expect.objectContaining({ level: 'warn', message: 'routes were sent without waiting any longer' }),
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
  const sent = client.take().filter((line) => line.startsWith('RDS'));
  expect(sent.length).toBeGreaterThanOrEqual(4);
  await pipeline.drain();
  expect(client.names('CDS')).toHaveLength(9);
});

test('a new Gateway port waits for nothing but its clusters', async () => {
  const pipeline = await Pipeline.started([...base, toApp]);
  const client = await pipeline.connected();
  pipeline.apply(m.gateway([m.httpListener(), m.httpListener({ name: 'alt', port: 8080 })]));
  await pipeline.settle();
  expect(client.take()).toEqual(['LDS default/web/8080', 'RDS default/web/8080']);
});
