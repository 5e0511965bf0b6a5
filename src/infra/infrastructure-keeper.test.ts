import { afterEach, beforeEach, expect, test } from 'vitest';
import { InfrastructureCluster, usual } from '../../test/rig/kube/infrastructure-cluster.ts';

let cluster: InfrastructureCluster;

function kubernetes(settings: object): Readonly<Record<string, unknown>> {
  return { provider: { kubernetes: settings } };
}

function split(name: string): [string, string] {
  const [kind = '', object = ''] = name.split('/');
  return [kind, object];
}

beforeEach(async () => {
  cluster = new InfrastructureCluster();
  await cluster.open();
});

afterEach(() => cluster.close());

test('a Gateway gets its objects, and their own echo writes nothing again', async () => {
  await cluster.lead();
  cluster.run();
  await cluster.settled();
  expect(cluster.names()).toEqual(expect.arrayContaining(usual));
  expect(cluster.requests('apply')).toHaveLength(cluster.names().length);
  expect(cluster.requests('apply')[0]).toBe('apply Secret default/web-sluice-certificate');
  expect(cluster.requests('delete')).toEqual([]);
});

test('nothing is written by a replica that does not lead', async () => {
  cluster.run();
  await cluster.watch.start();
  await cluster.settled();
  await cluster.follow();
  cluster.run({ labels: [['a', 'b']] });
  expect(cluster.requests()).toEqual([]);
});

test('a change writes the objects that it is of, and no certificate', async () => {
  await cluster.lead();
  cluster.run();
  await cluster.settled();
  const before = cluster.requests('apply').length;
  cluster.run({ ports: [{ name: 'http-81', protocol: 'TCP', port: 81, containerPort: 10_081 }] });
  await cluster.settled();
  const later = cluster.requests('apply').slice(before);
  expect(later).toContain('apply Service default/web-sluice');
  expect(later).not.toContain('apply ServiceAccount default/web-sluice');
  expect(cluster.issued).toBe(1);
  expect(cluster.object('Service')).toMatchObject({ spec: { ports: [{ port: 81 }] } });
});

test('what somebody changes or deletes is put back, and what others add stays', async () => {
  await cluster.lead();
  cluster.run();
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

test('a new leader takes over what runs as it is: no write changes anything, no certificate is issued', async () => {
  await cluster.lead();
  cluster.run();
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
  cluster.run();
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

test('replicas that are left to an autoscaler stay as many as they are', async () => {
  await cluster.lead();
  cluster.run({}, kubernetes({ envoyDeployment: { replicas: 3 } }));
  await cluster.settled();
  expect(cluster.object('Deployment')).toMatchObject({ spec: { replicas: 3 } });
  cluster.run({}, kubernetes({ envoyDeployment: {}, envoyHpa: { minReplicas: 2, maxReplicas: 9 } }));
  await cluster.settled();
  expect(cluster.names()).toContain('HorizontalPodAutoscaler/web-sluice');
  expect(cluster.object('Deployment')).toMatchObject({ spec: { replicas: 3 } });

  const applies = cluster.requests('apply').length;
  const deployment = cluster.object('Deployment');
  const spec = { ...(deployment?.['spec'] as object), replicas: 7 };
  cluster.fake.put('Deployment', 'default', 'web-sluice', { ...deployment, spec });
  await cluster.settled();
  expect(cluster.requests('apply')).toHaveLength(applies);

  cluster.run({}, kubernetes({ envoyDeployment: { replicas: 3 } }));
  await cluster.settled();
  expect(cluster.object('Deployment')).toMatchObject({ spec: { replicas: 3 } });
  expect(cluster.names()).not.toContain('HorizontalPodAutoscaler/web-sluice');
});

test('one request at a time is under way for a Gateway, and a few for all together', async () => {
  await cluster.lead();
  for (let i = 0; i < 12; i++) cluster.run({ gateway: `g${i}`, gatewayUid: `u${i}`, name: `g${i}` });
  cluster.fake.fault = ({ kind, object }) => {
    // Changes the Gateway in the middle of each run.
    if (kind === 'Service' && object === 'default/g1')
      cluster.run({ gateway: 'g1', gatewayUid: 'u1', name: 'g1' });
    return undefined;
  };
  await cluster.settled();
  expect(cluster.mostUnderWay).toBe(4);
  expect(cluster.mostOfOne).toBe(1);
});
