import { expect, test } from 'vitest';
import type { Settings } from '../../src/kinds/own/settings.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline, type Condition } from '../rig/pipeline/pipeline.ts';

const ip = (address: string, fields: object = {}) => ({ ip: { address, port: 8080 }, ...fields });
const named = (hostname: string, fields: object = {}) => ({ fqdn: { hostname, port: 443 }, ...fields });
const resolved = (hostname: string) => m.backendObject({ endpoints: [named(hostname)] });
const toOutside = m.httpRoute([{ backendRefs: [m.toObject()] }]);
const cluster = 'default/backend:outside/http1';

async function started(settings: Partial<Settings>, ...manifests: readonly object[]) {
  const base = [m.gatewayClass(), m.gateway([m.httpListener()]), m.service(), m.endpointSlice(['10.0.0.1'])];
  const pipeline = await Pipeline.started([...base, ...manifests]);
  pipeline.setSettings(settings);
  await pipeline.settle();
  return { pipeline, client: await pipeline.connected() };
}

function accepted(pipeline: Pipeline, name = 'outside'): Condition | undefined {
  const status = pipeline.status('Backend', name) as { conditions: readonly Condition[] } | undefined;
  return status?.conditions.find(({ type }) => type === 'Accepted');
}

test('endpoints by address come by EDS, by zone; an edit of one is one EDS resource', async () => {
  const endpoints = [ip('10.1.0.2', { zone: 'b' }), ip('10.1.0.1', { zone: 'a', hostname: 'one.test' })];
  const { pipeline, client } = await started({}, m.backendObject({ endpoints }), toOutside);
  expect(client.names('CDS')).toEqual([cluster]);
  expect(client.json('CDS', cluster)).toMatchObject({
    edsClusterConfig: { serviceName: 'default/backend:outside' },
  });
  expect(client.json('EDS', 'default/backend:outside')).toMatchObject({
    endpoints: [
      {
        locality: { zone: 'a' },
        lbEndpoints: [
          {
            endpoint: {
              hostname: 'one.test',
              address: { socketAddress: { address: '10.1.0.1', portValue: 8080 } },
            },
          },
        ],
      },
      { locality: { zone: 'b' } },
    ],
  });
  expect(accepted(pipeline)).toMatchObject({ status: 'True', reason: 'Accepted', observedGeneration: 6 });
  expect(pipeline.routeConditions()).toMatchObject({ ResolvedRefs: { status: 'True' } });
  client.take();
  pipeline.apply(m.backendObject({ endpoints: endpoints.slice(1) }));
  await pipeline.settle();
  expect(client.take()).toEqual(['EDS default/backend:outside']);
  pipeline.apply(m.backendObject({ endpoints: [ip('10.1.0.9'), ...endpoints] }));
  await pipeline.settle();
  expect(client.take()).toEqual(['EDS default/backend:outside']);
});

test('names are resolved by the proxy; an edit of one is its cluster in place', async () => {
  const { pipeline, client } = await started(
    { backendHostnames: true },
    resolved('a.example.com'),
    toOutside,
  );
  expect(client.json('CDS', cluster)).toMatchObject({
    clusterType: {
      name: 'envoy.clusters.dns',
      typedConfig: { dnsRefreshRate: '30s', respectDnsTtl: true, dnsLookupFamily: 'V4_PREFERRED' },
    },
    loadAssignment: {
      clusterName: cluster,
      endpoints: [
        {
          lbEndpoints: [
            { endpoint: { address: { socketAddress: { address: 'a.example.com', portValue: 443 } } } },
          ],
        },
      ],
    },
  });
  expect(client.names('EDS')).toEqual([]);
  client.take();
  pipeline.apply(resolved('b.example.com'));
  await pipeline.settle();
  expect(client.take()).toEqual([`CDS ${cluster}`]);
});

test.each<[string, object, Partial<Settings>, RegExp]>([
  ['a name', named('a.example.com'), { backendHostnames: true }, /translate\.backends\.hostnames/],
  ['a loopback address', ip('127.0.0.1'), { allowLoopbackEndpoints: true }, /translate\.allowLoopback/],
  [
    'a socket',
    { unix: { path: '/run/a' } },
    { backendUnixSockets: true },
    /translate\.backends\.unixSockets/,
  ],
  [
    'the name of the own host',
    named('localhost'),
    { backendHostnames: true, allowLoopbackEndpoints: true },
    /translate\.backends\.hostnames/,
  ],
])('%s needs an option of the operator', async (_, endpoint, settings, option) => {
  const { pipeline, client } = await started({}, m.backendObject({ endpoints: [endpoint] }), toOutside);
  expect(client.names('CDS')).toEqual([]);
  expect(accepted(pipeline)).toMatchObject({
    status: 'False',
    reason: 'Invalid',
    message: expect.stringMatching(option) as string,
  });
  expect(pipeline.routeConditions()).toMatchObject({
    ResolvedRefs: { status: 'False', reason: 'UnsupportedProtocol' },
  });
  pipeline.setSettings(settings);
  await pipeline.settle();
  expect(client.names('CDS')).toEqual([cluster]);
  expect(accepted(pipeline)).toMatchObject({ status: 'True' });
  pipeline.setSettings({});
  await pipeline.settle();
  expect(accepted(pipeline)).toMatchObject({ status: 'False' });
});

test('localhost needs both options', async () => {
  const { pipeline } = await started(
    { backendHostnames: true },
    m.backendObject({ endpoints: [named('localhost')] }),
    toOutside,
  );
  expect(accepted(pipeline)?.message).toContain('translate.allowLoopbackEndpoints');
});

test('a Backend that cannot be read has a verdict without any route, and its route answers 500', async () => {
  const { pipeline, client } = await started({}, m.backendObject({ type: 'DynamicResolver' }));
  expect(accepted(pipeline)).toMatchObject({
    status: 'False',
    reason: 'Invalid',
    message: expect.stringContaining('spec.type') as string,
  });
  pipeline.apply(toOutside);
  await pipeline.settle();
  expect(client.names('CDS')).toEqual([]);
  expect(JSON.stringify(client.routes('default/web/80:*'))).toContain('"status":500');
});

test('a Backend of another namespace needs a grant', async () => {
  const far = m.backendObject({ endpoints: [ip('10.1.0.1')] }, { namespace: 'far' });
  const route = m.httpRoute([{ backendRefs: [m.toObject('outside', { namespace: 'far' })] }]);
  const { pipeline, client } = await started({}, far, route);
  expect(pipeline.routeConditions()).toMatchObject({ ResolvedRefs: { reason: 'RefNotPermitted' } });
  pipeline.apply(
    m.referenceGrant(
      { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'default' },
      { group: 'gateway.envoyproxy.io', kind: 'Backend' },
      'far',
    ),
  );
  await pipeline.settle();
  expect(client.names('CDS')).toEqual(['far/backend:outside/http1']);
  expect(pipeline.routeConditions()).toMatchObject({ ResolvedRefs: { status: 'True' } });
});

test('protocols: h2c is HTTP/2, wss needs TLS', async () => {
  const spec = { endpoints: [ip('10.1.0.1')], appProtocols: ['gateway.envoyproxy.io/h2c'] };
  const { pipeline, client } = await started({}, m.backendObject(spec), toOutside);
  expect(client.names('CDS')).toEqual(['default/backend:outside/http2']);
  pipeline.apply(m.backendObject({ ...spec, appProtocols: ['gateway.envoyproxy.io/wss'] }));
  await pipeline.settle();
  expect(pipeline.routeConditions()).toMatchObject({ ResolvedRefs: { reason: 'UnsupportedProtocol' } });
});

test('filters, GRPCRoutes and routes below HTTP name Backends as well', async () => {
  const outside = m.backendObject({ endpoints: [ip('10.1.0.1')] });
  const mirror = { type: 'RequestMirror', requestMirror: { backendRef: m.toObject() } };
  const auth = { type: 'ExternalAuth', externalAuth: { protocol: 'GRPC', backendRef: m.toObject() } };
  const listeners = [
    m.httpListener(),
    { name: 'tcp', port: 9000, protocol: 'TCP' },
    { name: 'udp', port: 53, protocol: 'UDP' },
  ];
  const { pipeline, client } = await started(
    {},
    outside,
    m.gateway(listeners),
    m.httpRoute([{ filters: [mirror, auth], backendRefs: [m.backend()] }], { name: 'filters' }),
    m.tcpRoute([m.toObject()], { name: 'tcp' }),
    m.udpRoute([m.toObject()], { name: 'udp' }),
  );
  expect(client.names('CDS')).toEqual([
    'default/app/80/http1',
    'default/backend:outside/http1',
    'default/backend:outside/http2',
    'default/backend:outside/tcp',
    expect.stringContaining('udp') as string,
  ]);
  expect(client.names('EDS')).toEqual([
    'default/app/80',
    'default/backend:outside',
    'default/udp:1@default/backend:outside',
  ]);
  for (const [kind, name] of [
    ['HTTPRoute', 'filters'],
    ['TCPRoute', 'tcp'],
    ['UDPRoute', 'udp'],
  ] as const)
    expect(JSON.stringify(pipeline.status(kind, name))).toContain('"reason":"ResolvedRefs"');
  client.take();
  pipeline.apply(m.backendObject({ endpoints: [ip('10.1.0.1'), ip('10.1.0.2')] }));
  await pipeline.settle();
  expect(client.take()).toEqual(['EDS default/backend:outside default/udp:1@default/backend:outside']);
});

test('a UDPRoute takes endpoints by address alone', async () => {
  const { pipeline } = await started(
    { backendUnixSockets: true },
    m.backendObject({ endpoints: [{ unix: { path: '/run/a' } }] }),
    m.gateway([{ name: 'udp', port: 53, protocol: 'UDP' }]),
    m.udpRoute([m.toObject()]),
  );
  expect(JSON.stringify(pipeline.status('UDPRoute', 'route'))).toContain('needs endpoints by IP address');
});

test('a BackendTrafficPolicy has its settings on the cluster of a Backend', async () => {
  const targetRefs = [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'route' }];
  const { client } = await started(
    {},
    m.backendObject({ endpoints: [ip('10.1.0.1', { hostname: 'one.test' })] }),
    toOutside,
    m.policy('BackendTrafficPolicy', {
      targetRefs,
      routingType: 'Service',
      healthCheck: { active: { type: 'HTTP', http: { path: '/' } } },
    }),
  );
  const [name = ''] = client.names('CDS');
  expect(name).toMatch(/^default\/backend:outside\/http1\/@traffic/);
  expect(client.json('CDS', name)).toMatchObject({
    edsClusterConfig: { serviceName: 'default/backend:outside' },
    healthChecks: [{ httpHealthCheck: { host: 'one.test' } }],
  });
});

test('it comes after the route that names it, and goes', async () => {
  const { pipeline, client } = await started({}, toOutside);
  expect(pipeline.routeConditions()).toMatchObject({ ResolvedRefs: { reason: 'BackendNotFound' } });
  pipeline.apply(m.backendObject({ endpoints: [ip('10.1.0.1')] }));
  await pipeline.settle();
  expect(client.names('CDS')).toEqual([cluster]);
  pipeline.delete(m.backendObject({}));
  await pipeline.settle();
  expect(pipeline.routeConditions()).toMatchObject({ ResolvedRefs: { reason: 'BackendNotFound' } });
  expect(accepted(pipeline)).toBeUndefined();
});
