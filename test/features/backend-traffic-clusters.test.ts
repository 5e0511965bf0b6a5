import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const target = { kind: 'HTTPRoute', name: 'shop' };
const routes = [
  m.httpRoute([{ backendRefs: [m.backend()] }], { name: 'shop', hostnames: ['shop.test'] }),
  m.httpRoute([{ backendRefs: [m.backend()] }], { name: 'plain', hostnames: ['plain.test'] }),
];
const base = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
  ...routes,
];
const own = 'default/app/80/http1/@traffic/default/policy';

function traffic(spec: object, options: object = {}): object {
  return m.policy('BackendTrafficPolicy', { targetRefs: [target], ...spec }, options);
}

async function started(...more: readonly object[]) {
  const pipeline = await Pipeline.started([...base, ...more]);
  return { pipeline, client: await pipeline.connected() };
}

test.each<[string, object, object]>([
  [
    'a load balancer',
    { loadBalancer: { type: 'RoundRobin', slowStart: { window: '30s' } } },
    { roundRobinLbConfig: { slowStartConfig: { slowStartWindow: '30s' } } },
  ],
  [
    'a hash',
    { loadBalancer: { type: 'ConsistentHash', consistentHash: { type: 'SourceIP', tableSize: 1009 } } },
    { lbPolicy: 'MAGLEV', maglevLbConfig: { tableSize: '1009' } },
  ],
  ['no choice', { loadBalancer: { type: 'Random' } }, { lbPolicy: 'RANDOM' }],
  [
    'an active check by HTTP',
    {
      healthCheck: {
        panicThreshold: 0,
        active: {
          type: 'HTTP',
          http: { path: '/up', expectedStatuses: [200, 204], expectedResponse: { type: 'Text', text: 'ok' } },
        },
      },
    },
    {
      commonLbConfig: { healthyPanicThreshold: {} },
      healthChecks: [
        {
          timeout: '1s',
          interval: '3s',
          unhealthyThreshold: 3,
          healthyThreshold: 1,
          httpHealthCheck: {
            host: 'app.default',
            path: '/up',
            receive: [{ text: '6f6b' }],
            expectedStatuses: [
              { start: '200', end: '201' },
              { start: '204', end: '205' },
            ],
          },
        },
      ],
    },
  ],
  [
    'an active check by TCP',
    { healthCheck: { active: { type: 'TCP', tcp: { send: { type: 'Binary', binary: 'AQ==' } } } } },
    { healthChecks: [{ tcpHealthCheck: { send: { text: '01' } } }] },
  ],
  [
    'a passive check',
    { healthCheck: { passive: { maxEjectionPercent: 0, consecutiveGatewayErrors: 2 } } },
    {
      outlierDetection: {
        consecutive5xx: 5,
        interval: '3s',
        baseEjectionTime: '30s',
        maxEjectionPercent: 0,
        consecutiveGatewayFailure: 2,
        enforcingConsecutiveGatewayFailure: 100,
      },
    },
  ],
  [
    'a circuit breaker',
    {
      circuitBreaker: {
        maxConnections: 1,
        perEndpoint: {},
        retryBudget: { percent: { numerator: 1, denominator: 4 } },
      },
    },
    {
      circuitBreakers: {
        thresholds: [
          {
            maxConnections: 1,
            maxPendingRequests: 1024,
            maxRequests: 1024,
            maxRetries: 1024,
            retryBudget: { budgetPercent: { value: 25 }, minRetryConcurrency: 3 },
          },
        ],
        perHostThresholds: [{ maxConnections: 1024 }],
      },
    },
  ],
  [
    'timeouts of connections',
    {
      timeout: {
        tcp: { connectTimeout: '2s' },
        http: { connectionIdleTimeout: '5s', maxConnectionDuration: '1h' },
      },
    },
    {
      connectTimeout: '2s',
      typedExtensionProtocolOptions: {
        'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
          commonHttpProtocolOptions: { idleTimeout: '5s', maxConnectionDuration: '3600s' },
        },
      },
    },
  ],
  [
    'HTTP/2 and the client’s version',
    { useClientProtocol: true, http2: { maxConcurrentStreams: 7, connectionKeepalive: { interval: '2s' } } },
    {
      typedExtensionProtocolOptions: {
        'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
          useDownstreamProtocolConfig: {
            http2ProtocolOptions: {
              maxConcurrentStreams: 7,
              initialStreamWindowSize: 65_536,
              connectionKeepalive: { interval: '2s', timeout: '1s' },
            },
          },
        },
      },
    },
  ],
  [
    'connections',
    {
      tcpKeepalive: { probes: 3, idleTime: '1m' },
      connection: { bufferLimit: '64Ki', socketBufferLimit: '1Mi', preconnect: { perEndpointPercent: 150 } },
      proxyProtocol: { version: 'V2' },
    },
    {
      perConnectionBufferLimitBytes: 65_536,
      upstreamBindConfig: {
        socketOptions: [
          { level: '1', name: '7', intValue: '1048576' },
          { level: '1', name: '8', intValue: '1048576' },
        ],
      },
      preconnectPolicy: { perUpstreamPreconnectRatio: 1.5 },
      upstreamConnectionOptions: { tcpKeepalive: { keepaliveProbes: 3, keepaliveTime: 60 } },
      transportSocket: {
        name: 'envoy.transport_sockets.upstream_proxy_protocol',
        typedConfig: {
          config: { version: 'V2' },
          transportSocket: { name: 'envoy.transport_sockets.raw_buffer' },
        },
      },
    },
  ],
])('%s: settings of the policy’s own cluster', async (_, spec, cluster) => {
  const { pipeline, client } = await started(traffic(spec));
  expect(client.names('CDS')).toEqual(['default/app/80/http1', own]);
  expect(client.names('EDS')).toEqual(['default/app/80']);
  expect(client.json('CDS', own)).toMatchObject({
    edsClusterConfig: { serviceName: 'default/app/80' },
    ...cluster,
  });
  const { ancestors } = pipeline.status('BackendTrafficPolicy', 'policy') as unknown as {
    ancestors: { conditions: { message: string }[] }[];
  };
  expect(ancestors[0]?.conditions[0]?.message).toBe('the policy is accepted');
});

test('a policy without settings of connections has no cluster of its own', async () => {
  const { client } = await started(traffic({ retry: {}, timeout: { http: { requestTimeout: '1s' } } }));
  expect(client.names('CDS')).toEqual(['default/app/80/http1']);
});

test('an edit of a setting changes the cluster in place, and no route', async () => {
  const { pipeline, client } = await started(traffic({ circuitBreaker: { maxConnections: 1 } }));
  client.take();
  pipeline.apply(traffic({ circuitBreaker: { maxConnections: 2 } }));
  await pipeline.drain();
  expect(client.json('CDS', own)).toMatchObject({ circuitBreakers: { thresholds: [{ maxConnections: 2 }] } });
  expect(client.take()).toEqual([`CDS ${own}`, 'EDS default/app/80']);
});

test('settings of a merge are those of both, in a cluster that both name', async () => {
  const { client } = await started(
    m.policy(
      'BackendTrafficPolicy',
      { targetRefs: [{ kind: 'Gateway', name: 'web' }], timeout: { tcp: { connectTimeout: '2s' } } },
      { name: 'above' },
    ),
    traffic({ mergeType: 'JSONMerge', loadBalancer: { type: 'Random' } }),
  );
  const merged = `${own}/default/above`;
  expect(client.names('CDS')).toEqual(['default/app/80/http1/@traffic/default/above', merged]);
  expect(client.json('CDS', merged)).toMatchObject({ connectTimeout: '2s', lbPolicy: 'RANDOM' });
});

test('a load balancer of a newer release is named, and the default stands', async () => {
  const { pipeline, client } = await started(traffic({ loadBalancer: { type: 'Oracle' } }));
  expect(client.json('CDS', own)).toMatchObject({ lbPolicy: 'LEAST_REQUEST' });
  expect(JSON.stringify(pipeline.status('BackendTrafficPolicy', 'policy'))).toContain(
    'without what is not supported: spec.loadBalancer.type Oracle',
  );
});

test('backends of one hash share its choice', async () => {
  const consistentHash = { type: 'Headers', headers: [{ name: 'x-a' }, { name: 'x-b' }] };
  const { client } = await started(
    traffic({ loadBalancer: { type: 'ConsistentHash', consistentHash } }),
    m.service('far'),
    m.httpRoute([{ backendRefs: [m.backend(), m.backend('far')] }], {
      name: 'shop',
      hostnames: ['shop.test'],
    }),
  );
  const text = JSON.stringify(client.routes('default/web/80:*'));
  expect(text).toContain('"useHashPolicy":true');
  expect(text).toContain('"hashPolicy":[{"header":{"headerName":"x-a"}},{"header":{"headerName":"x-b"}}]');
});
