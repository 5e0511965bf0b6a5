import { afterEach, beforeEach, expect, test } from 'vitest';
import { InfrastructureCluster, usual } from '../../test/rig/kube/infrastructure-cluster.ts';

let cluster: InfrastructureCluster;

beforeEach(async () => {
  cluster = new InfrastructureCluster();
  await cluster.open();
});

afterEach(() => cluster.close());

test('every fault of the API server is outlived, and told once', async () => {
  let left = 12;
  cluster.fake.fault = ({ object }) => {
    if (object === '' || left-- <= 0) return undefined;
    return left >= 6 ? { kind: 'status', status: 503 } : { kind: 'refuse' };
  };
  await cluster.lead();
  cluster.run();
  await cluster.settled();
  expect(cluster.names()).toEqual(expect.arrayContaining(usual));
  expect(cluster.problems).toEqual([]);
  expect(cluster.warnings()).toEqual([
    expect.stringContaining('503'),
    expect.stringContaining('no connection'),
  ]);
});

test('a Gateway whose objects are refused holds up no other', async () => {
  cluster.fake.fault = ({ kind, object }) =>
    kind === 'Service' && object === 'default/web-sluice' ? { kind: 'status', status: 422 } : undefined;
  await cluster.lead();
  cluster.run();
  for (let i = 0; i < 20; i++) cluster.run({ gateway: `g${i}`, gatewayUid: `g${i}`, name: `g${i}` });
  await cluster.until(() => cluster.names().filter((name) => name.startsWith('Service/')).length === 20);
  expect(cluster.problems.length).toBeGreaterThan(0);
});

test('nothing is made before the certificates of the channel are there', async () => {
  const { site } = cluster;
  cluster.site = undefined;
  await cluster.lead();
  cluster.run();
  await cluster.until(() => cluster.warnings().length > 0);
  expect(cluster.requests()).toEqual([]);
  cluster.site = site;
  await cluster.settled();
  expect(cluster.names()).toEqual(expect.arrayContaining(usual));
});

test('a replica that is elected again at once writes what is still missing', async () => {
  await cluster.lead();
  let isHanging = true;
  cluster.fake.fault = ({ mode }) => (isHanging && mode === 'apply' ? { kind: 'hang' } : undefined);
  cluster.run();
  await cluster.until(() => cluster.requests('apply').length === 1);
  const stopped = cluster.follow();
  isHanging = false;
  await cluster.lead();
  await stopped;
  await cluster.settled();
  expect(cluster.names()).toEqual(expect.arrayContaining(usual));
});

test('what a replica has seen while it led is not believed when it leads again', async () => {
  await cluster.lead();
  cluster.run();
  await cluster.settled();
  await cluster.follow();
  cluster.fake.delete('Service', 'default', 'web-sluice');
  cluster.fake.put('Service', 'default', 'web-sluice', { spec: { type: 'ClusterIP' } });
  await cluster.lead();
  await cluster.until(() => cluster.problems.length > 0);
  expect(cluster.object('Service')?.['spec']).toEqual({ type: 'ClusterIP' });
});

test('whoever changes an object back again and again is answered ever more slowly', async () => {
  await cluster.lead();
  cluster.run();
  await cluster.settled();
  const startMs = cluster.clock.now();
  for (let i = 0; i < 5; i++) {
    cluster.fake.delete('ServiceAccount', 'default', 'web-sluice');
    await cluster.settled();
    expect(cluster.object('ServiceAccount')).toBeDefined();
  }
  expect(cluster.clock.now() - startMs).toBeGreaterThanOrEqual(4000);
});

test('what was refused is tried at once when the Gateway says something new', async () => {
  cluster.fake.fault = ({ kind, mode }) =>
    kind === 'Service' && mode === 'apply' ? { kind: 'status', status: 422, retryAfter: 60 } : undefined;
  await cluster.lead();
  cluster.run();
  await cluster.until(() => cluster.problems.length > 0);
  cluster.fake.fault = () => undefined;
  cluster.run({ addresses: ['192.0.2.7'] });
  await cluster.settled();
  expect(cluster.names()).toContain('Service/web-sluice');
});

test('what the watch says of a write before its answer comes is not forgotten over the answer', async () => {
  await cluster.lead();
  cluster.beforeAnswer = ({ kind, name }) => {
    if (kind !== 'Service') return Promise.resolve();
    cluster.beforeAnswer = () => Promise.resolve();
    cluster.fake.put('Service', 'default', name, { ...cluster.object('Service'), spec: {} });
    return cluster.reported();
  };
  cluster.run();
  await cluster.settled();
  expect(cluster.object('Service')).toMatchObject({ spec: { type: 'LoadBalancer' } });
});

test('a namespace that is being deleted is no problem of a Gateway', async () => {
  const message = 'unable to create new content in namespace default because it is being terminated';
  cluster.fake.fault = ({ mode }) =>
    mode === 'apply' ? { kind: 'status', status: 403, message } : undefined;
  await cluster.lead();
  cluster.run();
  await cluster.until(() => cluster.results.length > 1);
  expect(new Set(cluster.results)).toEqual(new Set(['Secret terminating']));
  expect(cluster.warnings()).toEqual([]);
  expect(cluster.problems).toEqual([]);
});
