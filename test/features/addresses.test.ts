import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { keyOf, Pipeline } from '../rig/pipeline/pipeline.ts';

// The first of the six failures: https://github.com/envoyproxy/gateway/issues/6142

const managed = { settings: { managedProxies: true } };
const base = [m.gatewayClass(), m.gateway([m.httpListener()])];

test.each<[string, object, string[]]>([
  ['of a headless Service there is none', { type: 'ClusterIP', clusterIP: 'None', clusterIPs: ['None'] }, []],
  ['an old client writes clusterIP alone', { type: 'ClusterIP', clusterIP: '10.96.0.1' }, ['10.96.0.1']],
  [
    'of two families IPv4 comes first',
    { type: 'NodePort', clusterIP: 'fd00::1', clusterIPs: ['fd00::1', '10.96.0.1'] },
    ['10.96.0.1', 'fd00::1'],
  ],
  [
    'external IPs count, each once',
    { type: 'ClusterIP', clusterIPs: ['10.96.0.1'], externalIPs: ['192.0.2.1', '10.96.0.1'] },
    ['10.96.0.1', '192.0.2.1'],
  ],
  ['a load balancer without an address has none', { type: 'LoadBalancer', clusterIPs: ['10.96.0.1'] }, []],
  ['an ExternalName has none', { type: 'ExternalName', externalName: 'a.example.com' }, []],
])('%s', async (_, spec, expected) => {
  const pipeline = await Pipeline.started([...base, proxyService(spec)], managed);
  expect(addresses(pipeline).map(({ value }) => value)).toEqual(expected);
});

test('a load balancer is reached by address or by name, and anything else it says is left out', async () => {
  const ingress = [{ hostname: 'lb.example.com' }, { ip: '192.0.2.1' }, { ip: 'None' }, { hostname: '' }, {}];
  const pipeline = await Pipeline.started(
    [...base, proxyService({ type: 'LoadBalancer' }, { loadBalancer: { ingress } })],
    managed,
  );
  expect(addresses(pipeline)).toEqual([
    { type: 'IPAddress', value: '192.0.2.1', routability: '' },
    { type: 'Hostname', value: 'lb.example.com', routability: '' },
  ]);
});

test('more addresses than a status may have are cut', async () => {
  const externalIPs = Array.from({ length: 20 }, (_, i) => `192.0.2.${i}`);
  const pipeline = await Pipeline.started([...base, proxyService({ externalIPs })], managed);
  expect(addresses(pipeline)).toHaveLength(16);
});

test('Programmed waits for an address first and for a proxy then', async () => {
  const pipeline = await Pipeline.started(base, managed);
  await pipeline.connected();
  const programmed = () => condition(pipeline, 'Programmed');
  expect(programmed()).toMatchObject({ status: 'False', reason: 'AddressNotAssigned' });
  expect(condition(pipeline, 'Accepted')).toMatchObject({ status: 'True' });
  expect(pipeline.listenerConditions('http')['Programmed']).toMatchObject({ reason: 'Pending' });
  pipeline.apply(proxyService({ clusterIPs: ['10.96.0.1'] }));
  await pipeline.settle();
  expect(programmed()).toMatchObject({ status: 'True', reason: 'Programmed' });
  pipeline.delete(proxyService({}));
  await pipeline.settle();
  expect(programmed()).toMatchObject({ status: 'False', reason: 'AddressNotAssigned' });
});

test('the Service that an EnvoyProxy names is the one that counts', async () => {
  const ref = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'proxy' };
  const envoyService = { name: 'edge', type: 'ClusterIP' };
  const pipeline = await Pipeline.started(
    [
      m.gatewayClass(),
      m.gateway([m.httpListener()], { infrastructure: { parametersRef: ref } }),
      m.envoyProxy({ provider: { kubernetes: { envoyService } } }),
      proxyService({ clusterIPs: ['10.96.0.1'] }),
      proxyService({ clusterIPs: ['10.96.0.2'] }, {}, 'edge'),
    ],
    managed,
  );
  expect(addresses(pipeline).map(({ value }) => value)).toEqual(['10.96.0.2']);
});

test('a wanted address that the Service does not have is not usable; one without a value is any', async () => {
  const wanted = [{ type: 'IPAddress' }, { value: '192.0.2.1' }, { value: '192.0.2.2' }];
  const pipeline = await Pipeline.started(
    [
      m.gatewayClass(),
      m.gateway([m.httpListener()], { addresses: wanted }),
      proxyService({ externalIPs: ['192.0.2.1'] }),
    ],
    managed,
  );
  expect(pipeline.gatewayConditions()['Programmed']).toMatchObject({
    status: 'False',
    reason: 'AddressNotUsable',
    message: expect.stringContaining('spec.addresses[2].value:') as string,
  });
  pipeline.apply(proxyService({ externalIPs: ['192.0.2.1', '192.0.2.2'] }));
  await pipeline.settle();
  expect(pipeline.gatewayConditions()['Programmed']).toMatchObject({ reason: 'Pending' });
});

test('where others run the proxies, a Service of that name says nothing', async () => {
  const pipeline = await Pipeline.started([...base, proxyService({ clusterIPs: ['10.96.0.1'] })]);
  expect(pipeline.status('Gateway', 'web')).not.toHaveProperty('addresses');
  expect(pipeline.gatewayConditions()['Programmed']).toMatchObject({ reason: 'Pending' });
});

function proxyService(spec: object, status: object = {}, name = 'web-sluice'): object {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' }, spec, status };
}

function addresses(pipeline: Pipeline): { readonly type: string; readonly value: string }[] {
  const status = pipeline.status('Gateway', 'web') as
    | { addresses: { type: string; value: string }[] }
    | undefined;
  return status?.addresses ?? [];
}

function condition(pipeline: Pipeline, type: string): unknown {
  const status = pipeline.controller.status(keyOf(m.gateway([m.httpListener()]))) as {
    conditions: { type: string }[];
  };
  return status.conditions.find((candidate) => candidate.type === type);
}
