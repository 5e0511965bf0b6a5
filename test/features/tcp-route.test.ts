import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { attachedRoutes, conditionsOf } from '../rig/pipeline/statuses.ts';

const tcp = { name: 'tcp', port: 9000, protocol: 'TCP' };
const app = [m.service(), m.endpointSlice(['10.0.0.1'])];
const other = [m.service('other'), m.endpointSlice(['10.0.0.2'], { name: 'other-1', service: 'other' })];
const extension = 'tcp_proxy/default/web/9000/*';

function started(...manifests: object[]): Promise<Pipeline> {
  return Pipeline.started([m.gatewayClass(), m.gateway([tcp]), ...app, ...other, ...manifests]);
}

test('a TCPRoute forwards the connections of its port, and its Listener names no backend', async () => {
  const pipeline = await started(m.tcpRoute([m.backend()]));
  const client = await pipeline.connected();
  expect(client.json('LDS', 'default/web/9000')).toMatchObject({
    address: { socketAddress: { portValue: 9000 } },
    filterChains: [{ filters: [{ name: extension, configDiscovery: {} }] }],
  });
  expect(client.json('ECDS', extension)).toMatchObject({ typedConfig: { cluster: 'default/app/80/tcp' } });
  expect(client.json('CDS', 'default/app/80/tcp')).not.toHaveProperty('typedExtensionProtocolOptions');
  expect(client.names('EDS')).toEqual(['default/app/80']);
  expect(client.names('RDS')).toEqual([]);
  expect(conditionsOf(pipeline, 'TCPRoute', 'route')).toEqual({
    Accepted: 'True/Accepted',
    ResolvedRefs: 'True/ResolvedRefs',
  });
});

test('another backend changes no Listener, and comes behind its Cluster', async () => {
  const pipeline = await started(m.tcpRoute([m.backend()]));
  const client = await pipeline.connected();
  pipeline.apply(m.tcpRoute([m.backend('other')]));
  await pipeline.drain();
  expect(client.take()).toEqual([
    'CDS default/other/80/tcp',
    'EDS default/other/80',
    `ECDS ${extension}`,
    'CDS -default/app/80/tcp',
  ]);
});

test('the share of an invalid backend goes to no Cluster; a weight of 0 is none', async () => {
  const refs = [
    { ...m.backend(), weight: 3 },
    { ...m.backend('none'), weight: 7 },
    { ...m.backend('other'), weight: 0 },
  ];
  const pipeline = await started(m.tcpRoute(refs));
  const client = await pipeline.connected();
  expect(client.json('ECDS', extension)).toMatchObject({
    typedConfig: {
      weightedClusters: {
        clusters: [
          { name: 'default/app/80/tcp', weight: 3 },
          { name: 'sluice/none', weight: 7 },
        ],
      },
    },
  });
  expect(conditionsOf(pipeline, 'TCPRoute', 'route')).toEqual({
    Accepted: 'True/Accepted',
    ResolvedRefs: 'False/BackendNotFound',
  });
});

test('the oldest of several routes has the port; the others are accepted, and have it when that one is deleted', async () => {
  const older = m.tcpRoute([m.backend()], { name: 'z', creationTimestamp: '2026-01-01T00:00:00Z' });
  const newer = m.tcpRoute([m.backend('other')], { name: 'a', creationTimestamp: '2026-02-01T00:00:00Z' });
  const pipeline = await started(older, newer);
  const client = await pipeline.connected();
  expect(client.json('ECDS', extension)).toMatchObject({ typedConfig: { cluster: 'default/app/80/tcp' } });
  expect(conditionsOf(pipeline, 'TCPRoute', 'a')).toMatchObject({ Accepted: 'True/Accepted' });
  expect(attachedRoutes(pipeline)).toEqual({ tcp: 2 });
  pipeline.delete(older);
  await pipeline.settle();
  expect(client.json('ECDS', extension)).toMatchObject({ typedConfig: { cluster: 'default/other/80/tcp' } });
  expect(attachedRoutes(pipeline)).toEqual({ tcp: 1 });
});

test('a port without a route closes its connections, and is programmed', async () => {
  const pipeline = await started();
  const client = await pipeline.connected();
  expect(client.json('ECDS', extension)).toMatchObject({ typedConfig: { cluster: 'sluice/none' } });
  expect(client.names('LDS')).toEqual(['default/web/9000']);
});

test('a route of another kind attaches to no TCP listener', async () => {
  const pipeline = await started(m.httpRoute([{ backendRefs: [m.backend()] }]), m.udpRoute([m.backend()]));
  for (const kind of ['HTTPRoute', 'UDPRoute'])
    expect(conditionsOf(pipeline, kind, 'route')).toMatchObject({ Accepted: 'False/NotAllowedByListeners' });
});

test('an event of HTTP makes no work at a TCP port', async () => {
  const web = m.gateway([tcp, m.httpListener()]);
  const pipeline = await started(web, m.tcpRoute([m.backend()]));
  const client = await pipeline.connected();
  pipeline.apply(m.httpRoute([{ backendRefs: [m.backend()] }]));
  await pipeline.drain();
  expect(client.take().filter((line) => /^(LDS|ECDS)/.test(line))).toEqual([]);
});

const served = { typedConfig: { cluster: 'default/app/80/tcp' } };
const allowed = {
  defaultAction: 'Deny',
  rules: [{ action: 'Allow', principal: { clientCIDRs: ['10.0.0.0/8'] } }],
};

function security(target: 'TCPRoute' | 'Gateway', spec: object): object {
  const name = target === 'Gateway' ? 'web' : 'route';
  return m.policy('SecurityPolicy', {
    targetRef: { group: 'gateway.networking.k8s.io', kind: target, name },
    ...spec,
  });
}

test.each(['TCPRoute', 'Gateway'] as const)(
  'a SecurityPolicy of a %s says in the Listener who may connect, and its filter is no filter of before',
  async (target) => {
    const pipeline = await started(m.tcpRoute([m.backend()]));
    const client = await pipeline.connected();
    const before = client.json('LDS', 'default/web/9000');
    const policy = security(target, { authorization: allowed });
    pipeline.apply(policy);
    await pipeline.settle();
    const restricted = `${extension}/default/policy`;
    expect(client.json('LDS', 'default/web/9000')).toMatchObject({
      filterChainMatcher: {
        onNoMatch: { matcher: { matcherList: { matchers: [{}] }, onNoMatch: { action: {} } } },
      },
      filterChains: [{ filters: [{ name: restricted }] }],
    });
    expect(client.json('ECDS', restricted)).toMatchObject(served);
    expect(conditionsOf(pipeline, 'TCPRoute', 'route')).toEqual({
      Accepted: 'True/Accepted',
      ResolvedRefs: 'True/ResolvedRefs',
    });
    expect(pipeline.status('SecurityPolicy', 'policy')).toMatchObject({
      ancestors: [{ conditions: [{ type: 'Accepted', status: 'True' }] }],
    });
    pipeline.delete(policy);
    await pipeline.settle();
    expect(client.json('LDS', 'default/web/9000')).toEqual(before);
    expect(client.json('ECDS', extension)).toMatchObject(served);
  },
);

function denying(range: string): object {
  return security('TCPRoute', {
    authorization: { rules: [{ action: 'Deny', principal: { clientCIDRs: [range] } }] },
  });
}

test('another range changes the Listener, and its filter is sent again', async () => {
  const pipeline = await started(m.tcpRoute([m.backend()]), denying('10.0.0.0/8'));
  const client = await pipeline.connected();
  pipeline.apply(denying('fd00::/8'));
  await pipeline.drain();
  expect(client.take()).toEqual(['LDS default/web/9000', `ECDS ${extension}/default/policy`]);
});

const rule = { action: 'Allow', principal: { clientCIDRs: ['10.0.0.0/8'] } };

test.each<[string, object]>([
  ['spec.cors', { cors: { allowOrigins: ['https://a.test'] } }],
  ['spec.csrf', { csrf: {} }],
  ['spec.basicAuth', { basicAuth: { users: { name: 'users' } } }],
  [
    'spec.apiKeyAuth',
    { apiKeyAuth: { credentialRefs: [{ name: 'keys' }], extractFrom: [{ headers: ['x-key'] }] } },
  ],
  ['spec.jwt', { jwt: { providers: [{ name: 'a', localJWKS: { type: 'Inline', inline: '{"keys":[]}' } }] } }],
  ['spec.extAuth', { extAuth: { http: { backendRefs: [{ name: 'app', port: 80 }] } } }],
  [
    'spec.authorization.rules[0].operation',
    { authorization: { rules: [{ ...rule, operation: { methods: ['GET'] } }] } },
  ],
  [
    'spec.authorization.rules[0].principal.headers',
    { authorization: { rules: [{ ...rule, principal: { headers: [{ name: 'a', values: ['b'] }] } }] } },
  ],
  ['spec.authorization.rules[0].cel', { authorization: { rules: [{ ...rule, cel: 'true' }] } }],
  ['spec.authorization.rules[0].action', { authorization: { rules: [{ ...rule, action: 'Maybe' }] } }],
  ['spec.newer', { newer: true }],
])('%s of a TCPRoute is said, and closes its connections', async (path, fields) => {
  const pipeline = await started(m.tcpRoute([m.backend()]), security('TCPRoute', { ...fields }));
  const client = await pipeline.connected();
  const { filterChainMatcher: matcher } = client.json('LDS', 'default/web/9000');
  expect(matcher).toEqual({
    onNoMatch: {
      action: { name: 'chain', typedConfig: expect.objectContaining({ value: 'sluice/closed' }) as unknown },
    },
  });
  const { ancestors } = pipeline.status('SecurityPolicy', 'policy') as {
    ancestors: { conditions: { status: string; reason: string; message: string }[] }[];
  };
  const [accepted] = ancestors[0]?.conditions ?? [];
  expect(accepted).toMatchObject({ status: 'False', reason: 'Invalid' });
  expect(accepted?.message).toContain(path);
  expect(conditionsOf(pipeline, 'TCPRoute', 'route')).toMatchObject({
    'sluice.dev/PoliciesNotSupported': 'True/RequestsRefused',
  });
});

test('a route that moves to a Service that comes with it waits for the Service and its first endpoint', async () => {
  const pipeline = await Pipeline.started(
    [m.gatewayClass(), m.gateway([tcp]), ...app, m.tcpRoute([m.backend()])],
    { namedObjectWaitMs: 1000 },
  );
  const client = await pipeline.connected();
  pipeline.apply(m.tcpRoute([m.backend('other')]));
  await pipeline.settle();
  pipeline.apply(other[0]!);
  await pipeline.settle();
  expect(client.take().filter((line) => line.startsWith('ECDS'))).toEqual([]);
  pipeline.apply(other[1]!);
  await pipeline.drain();
  expect(client.take()).toContain(`ECDS ${extension}`);
});

test('a route attaches to a TCP listener of a ListenerSet', async () => {
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([m.httpListener()], { allowedListeners: { namespaces: { from: 'All' } } }),
    m.listenerSet([tcp], { name: 'more' }),
    ...app,
    m.tcpRoute([m.backend()], { parentRefs: [{ kind: 'ListenerSet', name: 'more' }] }),
  ]);
  const client = await pipeline.connected();
  expect(client.json('ECDS', extension)).toMatchObject({ typedConfig: { cluster: 'default/app/80/tcp' } });
  expect(conditionsOf(pipeline, 'TCPRoute', 'route')).toMatchObject({ Accepted: 'True/Accepted' });
});
