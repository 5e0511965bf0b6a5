import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const balanced = {
  type: 'LoadBalancer',
  clusterIPs: ['10.96.0.1'],
  externalIPs: ['192.0.2.9'],
};
const outside = { type: 'IPAddress', value: '192.0.2.1', routability: '' };
const inside = { type: 'IPAddress', value: '10.96.0.1', routability: 'Cluster' };

test('without requests the addresses of the Service are those of its type, each with its routability', async () => {
  expect(await statusOf([])).toMatchObject({
    addresses: [outside, { ...outside, value: '192.0.2.9' }],
    assigned: { status: 'True', reason: 'AddressesAssigned' },
  });
  expect(await statusOf([], { type: 'ClusterIP', clusterIPs: ['10.96.0.1'] })).toMatchObject({
    addresses: [inside],
  });
});

test('each request has one address of its own, and no other address is listed', async () => {
  const requests = [{ type: 'IPAddress' }, { routability: 'Cluster' }];
  expect(await statusOf(requests)).toMatchObject({
    addresses: [inside, outside],
    assigned: { status: 'True', reason: 'AddressesAssigned' },
    programmed: { reason: 'Pending' },
  });
  const named = [{ type: 'IPAddress' }, { value: '192.0.2.1' }];
  expect(await statusOf(named)).toMatchObject({ addresses: [outside, { ...outside, value: '192.0.2.9' }] });
});

test('a request for another scope than Cluster is not satisfied by a substitute, and the others are', async () => {
  const requests = [{ routability: 'example.com/Wan' }, { routability: 'Cluster' }];
  expect(await statusOf(requests)).toMatchObject({
    addresses: [inside],
    assigned: {
      status: 'False',
      reason: 'PartiallyAssigned',
      message: 'spec.addresses[0].routability: the Service of the proxies does not have this address',
    },
    programmed: { reason: 'Pending' },
  });
  expect(await statusOf(requests.slice(0, 1))).toMatchObject({
    addresses: [],
    assigned: { status: 'False', reason: 'NotAssigned' },
    programmed: { status: 'False', reason: 'AddressNotAssigned' },
  });
});

test('a ClusterIP has the value that is asked for, or the request is not satisfied', async () => {
  expect(await statusOf([{ routability: 'Cluster', value: '10.96.0.1' }])).toMatchObject({
    addresses: [inside],
  });
  expect(await statusOf([{ routability: 'Cluster', value: '192.0.2.1' }])).toMatchObject({
    addresses: [],
    programmed: { status: 'False', reason: 'AddressNotAssigned' },
  });
});

test('the value of the conformance tests is reported as it was asked for', async () => {
  const routability = 'testing.x-k8s.io/sentinel';
  expect(await statusOf([{ routability }])).toMatchObject({ addresses: [{ ...outside, routability }] });
});

async function statusOf(requests: readonly object[], spec: object = balanced): Promise<object> {
  const pipeline = await Pipeline.started(
    [
      m.gatewayClass(),
      m.gateway([m.httpListener()], { addresses: requests }),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web-sluice', namespace: 'default' },
        spec,
        status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } },
      },
    ],
    { settings: { managedProxies: true } },
  );
  const { addresses } = pipeline.status('Gateway', 'web') as { addresses: object[] };
  const { AddressesAssigned: assigned, Programmed: programmed } = pipeline.gatewayConditions();
  return { addresses, assigned, programmed };
}
