import { afterEach, beforeEach, expect, test } from 'vitest';
import { webInfrastructure } from '../../test/rig/kube/infrastructure.ts';
import { InfrastructureCluster } from '../../test/rig/kube/infrastructure-cluster.ts';
import { must } from '../lib/assert.ts';
import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import { fleetOf } from '../units/fleet-key.ts';

let cluster: InfrastructureCluster;

beforeEach(async () => {
  cluster = new InfrastructureCluster();
  await cluster.open();
});

afterEach(() => cluster.close());

function run(change: Partial<Infrastructure> = {}, spec?: Readonly<Record<string, unknown>>): void {
  const wanted = webInfrastructure(spec, change);
  const { namespace, gateway } = wanted;
  cluster.keeper.set(fleetOf(`${namespace}/${gateway}`), { kind: 'run', infrastructure: wanted });
}

const usual = ['Secret/web-sluice-certificate', 'Service/web-sluice', 'ServiceAccount/web-sluice'];

test('a Gateway gets its objects, and their own echo writes nothing again', async () => {
  await cluster.lead();
  run();
  await cluster.settled();
  expect(cluster.names()).toEqual(expect.arrayContaining(usual));
  expect(cluster.requests('apply')).toHaveLength(cluster.names().length);
  expect(cluster.requests('apply')[0]).toBe('apply Secret default/web-sluice-certificate');
  expect(cluster.requests('delete')).toEqual([]);
});

test('nothing is written by a replica that does not lead', async () => {
  run();
  await cluster.watch.start();
  await cluster.settled();
  await cluster.follow();
  run({ labels: [['a', 'b']] });
  expect(cluster.requests()).toEqual([]);
});

test('a change writes the objects that it is of, and no certificate', async () => {
  await cluster.lead();
  run();
  await cluster.settled();
  const before = cluster.requests('apply').length;
  run({ ports: [{ name: 'http-81', protocol: 'TCP', port: 81, containerPort: 10_081 }] });
  await cluster.settled();
  const later = cluster.requests('apply').slice(before);
  expect(later).toContain('apply Service default/web-sluice');
  expect(later).not.toContain('apply ServiceAccount default/web-sluice');
  expect(cluster.issued).toBe(1);
  expect(cluster.object('Service')).toMatchObject({ spec: { ports: [{ port: 81 }] } });
});

test('what somebody changes or deletes is put back, and what others add stays', async () => {
  await cluster.lead();
  run();
  await cluster.settled();
  const service = cluster.object('Service');
  const spec = service?.['spec'] as object;
  cluster.fake.put('Service', 'default', 'web-sluice', {
    ...service,
    spec: { ...spec, clusterIP: '10.0.0.1' },
  });
  await cluster.settled();
  const before = cluster.requests('apply').length;

  cluster.fake.put('Service', 'default', 'web-sluice', {
    ...service,
    spec: { clusterIP: '10.0.0.1', type: 'ExternalName' },
  });
  await cluster.until(() => cluster.requests('apply').length > before);
  await cluster.settled();
  expect(cluster.object('Service')).toMatchObject({ spec: { ...spec, clusterIP: '10.0.0.1' } });
  expect(cluster.requests('apply').slice(before)).toEqual(['apply Service default/web-sluice']);

  cluster.fake.delete('ServiceAccount', 'default', 'web-sluice');
  await cluster.settled();
  expect(cluster.object('ServiceAccount')).toBeDefined();
  expect(cluster.log.lines.filter(({ level }) => level === 'info')).toHaveLength(2);
});

test('what is left over is deleted, once everything else is as it should be and its pods are available', async () => {
  await cluster.lead();
  run();
  await cluster.settled();
  cluster.fake.fault = ({ kind, mode }) =>
    kind === 'Service' && mode === 'apply' ? { kind: 'status', status: 422 } : undefined;
  run({ name: 'other' });
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
  run();
  run({ gateway: 'second', gatewayUid: 'g2', name: 'second-sluice' });
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
  run();
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
  run();
  await cluster.settled();
  cluster.keeper.set(fleetOf('default/web'), { kind: 'keep' });
  cluster.fake.delete('Service', 'default', 'web-sluice');
  await cluster.settled();
  expect(cluster.names()).toEqual(expect.arrayContaining(usual));
});

test('an object of the same name that is not of Sluice stays as it is', async () => {
  cluster.fake.put('Service', 'default', 'web-sluice', { spec: { type: 'ClusterIP' } });
  await cluster.lead();
  run();
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
  run();
  await cluster.settled();
  run({ gateway: 'gw2', gatewayUid: 'g2' });
  await cluster.until(() => cluster.problems.length > 0);
  expect(cluster.problems[0]).toBe('Secret default/web-sluice-certificate exists and is of the Gateway web');
  expect(cluster.object('Service')).toMatchObject({
    metadata: { ownerReferences: [{ name: 'web', uid: webInfrastructure().gatewayUid }] },
  });
});

test('a new leader takes over what runs as it is: no write changes anything, no certificate is issued', async () => {
  await cluster.lead();
  run();
  await cluster.settled();
  await cluster.follow();
  const versions = () =>
    cluster.names().map((name) => cluster.object(...split(name))?.metadata.resourceVersion);
  const before = versions();
  await cluster.lead();
  await cluster.settled();
  expect(versions()).toEqual(before);
  expect(cluster.issued).toBe(1);
  expect(cluster.requests('read')).toHaveLength(before.length);
});

test('a certificate that is no longer valid is replaced, and nothing else', async () => {
  await cluster.lead();
  run();
  await cluster.settled();
  const before = cluster.requests('apply').length;
  cluster.generation = 2;
  cluster.keeper.refresh();
  await cluster.settled();
  expect(cluster.requests('apply').slice(before)).toEqual(['apply Secret default/web-sluice-certificate']);
  expect(cluster.object('Secret', 'web-sluice-certificate')).toMatchObject({
    data: { 'tls.crt': Buffer.from('certificate 2').toString('base64') },
  });
});

test('every fault of the API server is outlived, and told once', async () => {
  let left = 12;
  cluster.fake.fault = ({ object }) => {
    if (object === '' || left-- <= 0) return undefined;
    return left >= 6 ? { kind: 'status', status: 503 } : { kind: 'refuse' };
  };
  await cluster.lead();
  run();
  await cluster.settled();
  expect(cluster.names()).toEqual(expect.arrayContaining(usual));
  expect(cluster.problems).toEqual([]);
  expect(warnings()).toEqual([expect.stringContaining('503'), expect.stringContaining('no connection')]);
});

test('a Gateway whose objects are refused holds up no other', async () => {
  cluster.fake.fault = ({ kind, object }) =>
    kind === 'Service' && object === 'default/web-sluice' ? { kind: 'status', status: 422 } : undefined;
  await cluster.lead();
  run();
  for (let i = 0; i < 20; i++) run({ gateway: `g${i}`, gatewayUid: `g${i}`, name: `g${i}` });
  await cluster.until(() => cluster.names().filter((name) => name.startsWith('Service/')).length === 20);
  expect(cluster.problems.length).toBeGreaterThan(0);
});

test('nothing is made before the certificates of the channel are there', async () => {
  const { site } = cluster;
  cluster.site = undefined;
  await cluster.lead();
  run();
  await cluster.until(() => warnings().length > 0);
  expect(cluster.requests()).toEqual([]);
  cluster.site = site;
  await cluster.settled();
  expect(cluster.names()).toEqual(expect.arrayContaining(usual));
});

test('a Gateway that was made anew takes over the objects of the one before', async () => {
  await cluster.lead();
  run();
  await cluster.settled();
  run({ gatewayUid: 'g9' });
  await cluster.settled();
  const uids = cluster.object('Service')?.metadata['ownerReferences'];
  expect(uids).toMatchObject([{ uid: 'g9' }]);
});

test('replicas that are left to an autoscaler stay as many as they are', async () => {
  await cluster.lead();
  run({}, kubernetes({ envoyDeployment: { replicas: 3 } }));
  await cluster.settled();
  expect(cluster.object('Deployment')).toMatchObject({ spec: { replicas: 3 } });
  run({}, kubernetes({ envoyDeployment: {}, envoyHpa: { minReplicas: 2, maxReplicas: 9 } }));
  await cluster.settled();
  expect(cluster.names()).toContain('HorizontalPodAutoscaler/web-sluice');
  expect(cluster.object('Deployment')).toMatchObject({ spec: { replicas: 3 } });

  const applies = cluster.requests('apply').length;
  const deployment = cluster.object('Deployment');
  const spec = { ...(deployment?.['spec'] as object), replicas: 7 };
  cluster.fake.put('Deployment', 'default', 'web-sluice', { ...deployment, spec });
  await cluster.settled();
  expect(cluster.requests('apply')).toHaveLength(applies);

  run({}, kubernetes({ envoyDeployment: { replicas: 3 } }));
  await cluster.settled();
  expect(cluster.object('Deployment')).toMatchObject({ spec: { replicas: 3 } });
  expect(cluster.names()).not.toContain('HorizontalPodAutoscaler/web-sluice');
});

test('a replica that is elected again at once writes what is still missing', async () => {
  await cluster.lead();
  let isHanging = true;
  cluster.fake.fault = ({ mode }) => (isHanging && mode === 'apply' ? { kind: 'hang' } : undefined);
  run();
  await cluster.until(() => cluster.requests('apply').length === 1);
  const stopped = cluster.follow();
  isHanging = false;
  await cluster.lead();
  await stopped;
  await cluster.settled();
  expect(cluster.names()).toEqual(expect.arrayContaining(usual));
});

test('one request at a time is under way for a Gateway, and a few for all together', async () => {
  await cluster.lead();
  for (let i = 0; i < 12; i++) run({ gateway: `g${i}`, gatewayUid: `u${i}`, name: `g${i}` });
  cluster.fake.fault = ({ kind, object }) => {
    // Changes the Gateway in the middle of each run.
    if (kind === 'Service' && object === 'default/g1') run({ gateway: 'g1', gatewayUid: 'u1', name: 'g1' });
    return undefined;
  };
  await cluster.settled();
  expect(cluster.mostUnderWay).toBe(4);
  expect(cluster.mostOfOne).toBe(1);
});

test('what a replica has seen while it led is not believed when it leads again', async () => {
  await cluster.lead();
  run();
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
  run();
  await cluster.settled();
  const startMs = cluster.clock.now();
  for (let i = 0; i < 5; i++) {
    cluster.fake.delete('ServiceAccount', 'default', 'web-sluice');
    await cluster.settled();
    expect(cluster.object('ServiceAccount')).toBeDefined();
  }
  expect(cluster.clock.now() - startMs).toBeGreaterThanOrEqual(4000);
});

test('a Gateway that is ours again while its objects are deleted has them again', async () => {
  await cluster.lead();
  run();
  await cluster.settled();
  let isFirst = true;
  cluster.fake.fault = ({ mode }) => {
    if (mode === 'delete' && isFirst) run();
    if (mode === 'delete') isFirst = false;
    return undefined;
  };
  cluster.keeper.set(fleetOf('default/web'), undefined);
  await cluster.settled();
  expect(isFirst).toBe(false);
  expect(cluster.names()).toEqual(expect.arrayContaining(usual));
});

test('what was refused is tried at once when the Gateway says something new', async () => {
  cluster.fake.fault = ({ kind, mode }) =>
    kind === 'Service' && mode === 'apply' ? { kind: 'status', status: 422, retryAfter: 60 } : undefined;
  await cluster.lead();
  run();
  await cluster.until(() => cluster.problems.length > 0);
  cluster.fake.fault = () => undefined;
  run({ addresses: ['192.0.2.7'] });
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
  run();
  await cluster.settled();
  expect(cluster.object('Service')).toMatchObject({ spec: { type: 'LoadBalancer' } });
});

test('a namespace that is being deleted is no problem of a Gateway', async () => {
  const message = 'unable to create new content in namespace default because it is being terminated';
  cluster.fake.fault = ({ mode }) =>
    mode === 'apply' ? { kind: 'status', status: 403, message } : undefined;
  await cluster.lead();
  run();
  await cluster.until(() => cluster.results.length > 1);
  expect(new Set(cluster.results)).toEqual(new Set(['Secret terminating']));
  expect(warnings()).toEqual([]);
  expect(cluster.problems).toEqual([]);
});

function kubernetes(settings: object): Readonly<Record<string, unknown>> {
  return { provider: { kubernetes: settings } };
}

function warnings(): string[] {
  return cluster.log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
}

function split(name: string): [string, string] {
  const [kind = '', object = ''] = name.split('/');
  return [kind, object];
}
