import { expect, test } from 'vitest';
import type { WantedInfrastructure } from '../../src/kinds/own/infrastructure.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const managed = { settings: { managedProxies: true } };
const proxyRef = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'proxy' };
const base = [m.gatewayClass(), gateway()];

test('an accepted Gateway wants proxies, with what the EnvoyProxy of its class says', async () => {
  const pipeline = await Pipeline.started(
    [m.gatewayClass('sluice', { ...proxyRef, namespace: 'infra' }), gateway(), proxy('infra', 3)],
    managed,
  );
  expect(run(pipeline)).toMatchObject({
    namespace: 'default',
    gateway: 'web',
    gatewayUid: 'uid-of-web',
    gatewayClass: 'sluice',
    name: 'web-sluice',
    labels: [['team', 'a']],
    annotations: [['note', 'b']],
    ports: [{ name: 'http-80', port: 80, containerPort: 10_080 }],
    proxy: { provider: { kubernetes: { envoyDeployment: { replicas: 3 } } } },
  });
});

test('the parameters of a Gateway take the place of those of its class as a whole', async () => {
  const pipeline = await Pipeline.started(
    [
      m.gatewayClass('sluice', { ...proxyRef, namespace: 'infra' }),
      gateway({ parametersRef: proxyRef }),
      proxy('infra', 3),
      { ...proxy('default', 1), spec: { concurrency: 2 } },
    ],
    managed,
  );
  const { proxy: found } = run(pipeline);
  expect(found?.concurrency).toBe(2);
  expect(found?.provider.kubernetes.envoyDeployment).toBeUndefined();
});

test('parameters that are not there refuse the Gateway and touch nothing that runs', async () => {
  const changes: (WantedInfrastructure | undefined)[] = [];
  const pipeline = await Pipeline.started(
    [m.gatewayClass(), gateway({ parametersRef: proxyRef }), proxy('default', 1)],
    {
      ...managed,
      onInfrastructure: (_gateway, wanted) => changes.push(wanted),
    },
  );
  const client = await pipeline.connected();
  pipeline.delete(proxy('default', 1));
  await pipeline.settle();
  expect(changes.map((wanted) => wanted?.kind)).toEqual(['run', 'keep']);
  expect(client.names('LDS')).toEqual(['default/web/80']);
  expect(pipeline.status('Gateway', 'web')).toMatchObject({
    conditions: [
      {
        type: 'Accepted',
        status: 'False',
        reason: 'InvalidParameters',
        message: expect.stringContaining(
          'spec.infrastructure.parametersRef.name: EnvoyProxy default/proxy',
        ) as string,
      },
      { type: 'Programmed', status: 'False' },
    ],
  });
});

test.each([
  [
    'of another kind',
    { ...proxyRef, kind: 'ConfigMap', group: '', namespace: 'infra' },
    'spec.parametersRef: ConfigMap',
  ],
  ['without a namespace', proxyRef, 'spec.parametersRef.namespace: is required'],
  ['to nothing', { ...proxyRef, namespace: 'infra' }, 'spec.parametersRef.name: EnvoyProxy infra/proxy'],
])('a parametersRef of a class %s refuses the class and its Gateways', async (_, ref, message) => {
  const pipeline = await Pipeline.started([m.gatewayClass('sluice', ref), gateway()], managed);
  const refused = {
    status: 'False',
    reason: 'InvalidParameters',
    message: expect.stringContaining(message) as string,
  };
  expect(pipeline.status('GatewayClass', 'sluice', '')).toMatchObject({ conditions: [refused] });
  expect(pipeline.gatewayConditions()['Accepted']).toMatchObject({ reason: 'InvalidParameters' });
  expect(pipeline.gatewayConditions()['Accepted']?.message).toContain(`GatewayClass sluice: ${message}`);
});

test('what of an EnvoyProxy is not supported is said and refuses nothing', async () => {
  const settings = [{ sinks: [{ type: 'Pigeon' }] }];
  const spec = {
    mergeGateways: true,
    bootstrap: { value: 'admin: {}' },
    telemetry: { accessLog: { settings } },
  };
  const pipeline = await Pipeline.started(
    [m.gatewayClass(), gateway({ parametersRef: proxyRef }), m.envoyProxy(spec)],
    managed,
  );
  const accepted = pipeline.gatewayConditions()['Accepted'];
  expect(accepted).toMatchObject({ status: 'True' });
  for (const path of ['mergeGateways', 'bootstrap', 'telemetry.accessLog.settings[0].sinks[0].type']) {
    expect(accepted?.message).toContain(`spec.${path}: `);
  }
  expect(accepted?.message).toContain('left out of EnvoyProxy default/proxy');
});

test('a server of logs that is not there refuses the Gateway, and its proxies run', async () => {
  const sinks = [{ type: 'ALS', als: { type: 'HTTP', backendRefs: [{ name: 'missing', port: 80 }] } }];
  const pipeline = await Pipeline.started(
    [
      m.gatewayClass(),
      gateway({ parametersRef: proxyRef }),
      m.envoyProxy({ telemetry: { accessLog: { settings: [{ sinks }] } } }),
    ],
    managed,
  );
  expect(pipeline.gatewayConditions()['Accepted']).toMatchObject({ reason: 'InvalidParameters' });
  expect(pipeline.controller.infrastructure('default/web')).toMatchObject({ kind: 'run' });
});

test('a Gateway whose listeners are all refused keeps what it has', async () => {
  const pipeline = await Pipeline.started(base, managed);
  pipeline.apply(m.gateway([{ name: 'odd', port: 9000, protocol: 'example.com/odd' }]));
  await pipeline.settle();
  expect(pipeline.controller.infrastructure('default/web')).toEqual({ kind: 'keep' });
});

test('a Gateway that is deleted, or given to another controller, no longer wants anything', async () => {
  const changes: unknown[] = [];
  const pipeline = await Pipeline.started(base, {
    ...managed,
    onInfrastructure: (...change) => changes.push(change),
  });
  pipeline.apply({ ...m.gatewayClass(), spec: { controllerName: 'other.dev/controller' } });
  await pipeline.settle();
  pipeline.apply(m.gatewayClass());
  await pipeline.settle();
  pipeline.delete(gateway());
  await pipeline.settle();
  const running: unknown = ['default/web', expect.objectContaining({ kind: 'run' })];
  expect(changes).toEqual([running, ['default/web', undefined], running, ['default/web', undefined]]);
});

test('where others run the proxies, no Gateway wants any', async () => {
  const pipeline = await Pipeline.started(base);
  expect(pipeline.controller.infrastructure('default/web')).toBeUndefined();
});

test('what is wanted is in no status', async () => {
  const pipeline = await Pipeline.started(base, managed);
  expect([...pipeline.controller.objects()].sort()).toEqual(['Gateway/default/web', 'GatewayClass//sluice']);
});

test('of spec.addresses, those that are IP addresses are asked for', async () => {
  const addresses = [
    { value: '192.0.2.1' },
    { type: 'IPAddress', value: '2001:db8::1' },
    { type: 'Hostname', value: 'a.example.com' },
    { type: 'IPAddress', value: 'None' },
    { type: 'IPAddress' },
  ];
  const pipeline = await Pipeline.started([m.gatewayClass(), gateway({}, { addresses })], managed);
  expect(run(pipeline).addresses).toEqual(['192.0.2.1', '2001:db8::1']);
});

function gateway(infrastructure: object = {}, rest: object = {}): object {
  return m.gateway([m.httpListener(), { name: 'odd', port: 9000, protocol: 'example.com/odd' }], {
    infrastructure: { labels: { team: 'a' }, annotations: { note: 'b' }, ...infrastructure },
    ...rest,
  });
}

function proxy(namespace: string, replicas: number): object {
  return m.envoyProxy(
    { provider: { type: 'Kubernetes', kubernetes: { envoyDeployment: { replicas } } } },
    { namespace },
  );
}

function run(pipeline: Pipeline): Extract<WantedInfrastructure, { kind: 'run' }>['infrastructure'] {
  const wanted = pipeline.controller.infrastructure('default/web');
  if (wanted?.kind !== 'run') throw new Error(`wanted is ${String(wanted?.kind)}`);
  return wanted.infrastructure;
}

test('a Gateway whose addresses are all of the cluster is not reached from outside', async () => {
  const listeners = [m.httpListener()];
  const inside = { routability: 'Cluster', value: '10.96.0.7' };
  const pipeline = await Pipeline.started(
    [m.gatewayClass(), m.gateway(listeners, { addresses: [inside] })],
    managed,
  );
  expect(run(pipeline)).toMatchObject({ addresses: [], isClusterOnly: true, clusterIP: '10.96.0.7' });
  pipeline.apply(m.gateway(listeners, { addresses: [inside, { value: '192.0.2.1' }] }));
  await pipeline.settle();
  expect(run(pipeline)).toMatchObject({ addresses: ['192.0.2.1'], clusterIP: '10.96.0.7' });
  expect(run(pipeline)).not.toHaveProperty('isClusterOnly');
  // The ClusterIP of a Service cannot be changed.
  const service = { type: 'LoadBalancer', clusterIPs: ['10.96.0.8'] };
  pipeline.apply({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web-sluice', namespace: 'default' },
    spec: service,
  });
  await pipeline.settle();
  expect(run(pipeline)).not.toHaveProperty('clusterIP');
});
