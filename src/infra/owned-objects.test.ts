import { afterEach, beforeEach, expect, test } from 'vitest';
import { webInfrastructure } from '../../test/rig/kube/infrastructure.ts';
import { InfrastructureCluster, usual } from '../../test/rig/kube/infrastructure-cluster.ts';
import { must } from '../lib/assert.ts';
import { fleetOf } from '../units/fleet-key.ts';

let cluster: InfrastructureCluster;

beforeEach(async () => {
  cluster = new InfrastructureCluster();
  await cluster.open();
});

afterEach(() => cluster.close());

test('what is left over is deleted, once everything else is as it should be and its pods are available', async () => {
  await cluster.lead();
  cluster.run();
  await cluster.settled();
  cluster.fake.fault = ({ kind, mode }) =>
    kind === 'Service' && mode === 'apply' ? { kind: 'status', status: 422 } : undefined;
  cluster.run({ name: 'other' });
  await cluster.until(() => cluster.problems.length > 0);
  expect(cluster.names()).toEqual(expect.arrayContaining([...usual, 'ServiceAccount/other']));
  expect(cluster.requests('delete')).toEqual([]);

  cluster.fake.fault = () => undefined;
  cluster.keeper.refresh();
  await cluster.settled();
  expect(cluster.names()).toContain('Service/other');
  expect(cluster.names()).toContain('Service/web-sluice');

  const deployment = cluster.object('Deployment', 'other');
  const status = { updatedReplicas: 1, availableReplicas: 1 };
  cluster.fake.put('Deployment', 'default', 'other', { ...deployment, status });
  await cluster.settled();
  expect(cluster.names()).toContain('Service/other');
  expect(cluster.names().filter((name) => name.includes('web-sluice'))).toEqual([]);
  expect(cluster.problems).toEqual([expect.stringContaining('422'), undefined]);
});

test('a Gateway that is ours no more loses its objects, and one of which nothing was told keeps them', async () => {
  await cluster.lead();
  cluster.run();
  cluster.run({ gateway: 'second', gatewayUid: 'g2', name: 'second-sluice' });
  await cluster.settled();
  await cluster.follow();

  cluster.keeper.set(fleetOf('default/web'), undefined);
  await cluster.lead();
  await cluster.settled();
  expect(cluster.names().filter((name) => name.includes('web-sluice'))).toEqual([]);
  expect(cluster.names()).toContain('Service/second-sluice');
});

test('objects of a Gateway of the same name that somebody else runs stay', async () => {
  await cluster.lead();
  cluster.run();
  await cluster.settled();
  const account = must(cluster.object('ServiceAccount'), 'account');
  const [owner] = account.metadata['ownerReferences'] as object[];
  const metadata = { ...account.metadata, ownerReferences: [{ ...owner, uid: 'another' }] };
  await cluster.follow();
  cluster.fake.put('ServiceAccount', 'default', 'theirs', { metadata });
  cluster.keeper.set(fleetOf('default/web'), undefined);
  await cluster.lead();
  await cluster.settled();
  expect(cluster.names()).toEqual(['ServiceAccount/theirs']);
});

test('a Gateway that is not accepted now keeps what runs, and gets nothing new', async () => {
  await cluster.lead();
  cluster.keeper.set(fleetOf('default/web'), { kind: 'keep' });
  await cluster.settled();
  expect(cluster.requests()).toEqual([]);
  cluster.run();
  await cluster.settled();
  cluster.keeper.set(fleetOf('default/web'), { kind: 'keep' });
  cluster.fake.delete('Service', 'default', 'web-sluice');
  await cluster.settled();
  expect(cluster.names()).toEqual(expect.arrayContaining(usual));
});

test('an object of the same name that is not of Sluice stays as it is', async () => {
  cluster.fake.put('Service', 'default', 'web-sluice', { spec: { type: 'ClusterIP' } });
  await cluster.lead();
  cluster.run();
  await cluster.until(() => cluster.problems.length > 0);
  expect(cluster.problems[0]).toBe('Service default/web-sluice exists and is not of Sluice');
  expect(cluster.object('Service')?.['spec']).toEqual({ type: 'ClusterIP' });
  expect(cluster.names()).toContain('ServiceAccount/web-sluice');
  cluster.fake.delete('Service', 'default', 'web-sluice');
  await cluster.until(() => cluster.problems.at(-1) === undefined);
  expect(cluster.names()).toEqual(expect.arrayContaining(usual));
});

test('two Gateways whose objects would have the same names do not fight for them', async () => {
  await cluster.lead();
  cluster.run();
  await cluster.settled();
  cluster.run({ gateway: 'gw2', gatewayUid: 'g2' });
  await cluster.until(() => cluster.problems.length > 0);
  expect(cluster.problems[0]).toBe('Secret default/web-sluice-certificate exists and is of the Gateway web');
  expect(cluster.object('Service')).toMatchObject({
    metadata: { ownerReferences: [{ name: 'web', uid: webInfrastructure().gatewayUid }] },
  });
});

test('a Gateway that was made anew takes over the objects of the one before', async () => {
  await cluster.lead();
  cluster.run();
  await cluster.settled();
  cluster.run({ gatewayUid: 'g9' });
  await cluster.settled();
  const uids = cluster.object('Service')?.metadata['ownerReferences'];
  expect(uids).toMatchObject([{ uid: 'g9' }]);
});

test('a Gateway that is ours again while its objects are deleted has them again', async () => {
  await cluster.lead();
  cluster.run();
  await cluster.settled();
  let isFirst = true;
  cluster.fake.fault = ({ mode }) => {
    if (mode === 'delete' && isFirst) cluster.run();
    if (mode === 'delete') isFirst = false;
    return undefined;
  };
  cluster.keeper.set(fleetOf('default/web'), undefined);
  await cluster.settled();
  expect(isFirst).toBe(false);
  expect(cluster.names()).toEqual(expect.arrayContaining(usual));
});
