import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline, type Condition } from '../rig/pipeline/pipeline.ts';

const app = m.service('app');
const slice = m.endpointSlice(['10.0.0.1']);
const dns = m.service('dns', { port: { port: 53, protocol: 'UDP' } });
const dnsSlice = m.endpointSlice(['10.0.0.2'], { name: 'dns-1', service: 'dns', port: 53 });
const gateway = m.gateway([
  { name: 'tcp', port: 9000, protocol: 'TCP' },
  { name: 'tls', port: 9443, protocol: 'TLS', tls: { mode: 'Passthrough' } },
  { name: 'udp', port: 53, protocol: 'UDP' },
]);
const at = (sectionName: string): object => ({
  parentRefs: [{ name: 'web', sectionName }],
  name: sectionName,
});
const base = [
  m.gatewayClass(),
  gateway,
  app,
  slice,
  dns,
  dnsSlice,
  m.tcpRoute([m.backend()], at('tcp')),
  m.tlsRoute([m.backend()], { ...at('tls'), hostnames: ['a.test'] }),
  m.udpRoute([{ name: 'dns', port: 53 }], at('udp')),
];
const targets = {
  TCPRoute: { kind: 'TCPRoute', name: 'tcp' },
  TLSRoute: { kind: 'TLSRoute', name: 'tls' },
  UDPRoute: { kind: 'UDPRoute', name: 'udp' },
} as const;
const proxies = {
  TCPRoute: 'tcp_proxy/default/web/9000/*',
  TLSRoute: 'tcp_proxy/default/web/9443/a.test',
} as const;
const own = 'default/app/80/tcp/@traffic/default/policy';
const ofUdp = 'udp:default/web/53';

function traffic(spec: object, ...targetRefs: readonly object[]): object {
  return m.policy('BackendTrafficPolicy', { targetRefs, ...spec });
}

async function started(...more: readonly object[]) {
  const pipeline = await Pipeline.started([...base, ...more]);
  return { pipeline, client: await pipeline.connected() };
}

function accepted(pipeline: Pipeline): Condition | undefined {
  const status = pipeline.status('BackendTrafficPolicy', 'policy') as
    | { ancestors: readonly { conditions: readonly Condition[] }[] }
    | undefined;
  return status?.ancestors[0]?.conditions.find(({ type }) => type === 'Accepted');
}

const breaker = (maxConnections: number): object => ({ circuitBreaker: { maxConnections } });
const by = (type: string, more: object = {}) => ({
  loadBalancer: { type: 'ConsistentHash', consistentHash: { type, ...more } },
});

test.each(['TCPRoute', 'TLSRoute'] as const)(
  '%s: connections are treated as its policy says',
  async (kind) => {
    const spec = {
      loadBalancer: { type: 'RoundRobin' },
      circuitBreaker: { maxConnections: 7 },
      timeout: { tcp: { connectTimeout: '3s' } },
      tcpKeepalive: { probes: 3 },
      healthCheck: { active: { type: 'TCP', tcp: {} }, passive: {} },
      proxyProtocol: { version: 'V2' },
    };
    const { client, pipeline } = await started(traffic(spec, targets[kind]));
    expect(client.json('ECDS', proxies[kind])).toMatchObject({ typedConfig: { cluster: own } });
    expect(client.json('CDS', own)).toMatchObject({
      connectTimeout: '3s',
      circuitBreakers: { thresholds: [{ maxConnections: 7 }] },
      upstreamConnectionOptions: { tcpKeepalive: { keepaliveProbes: 3 } },
      healthChecks: [{ tcpHealthCheck: {} }],
      outlierDetection: {},
      transportSocket: { name: 'envoy.transport_sockets.upstream_proxy_protocol' },
    });
    expect(accepted(pipeline)).toMatchObject({ status: 'True', message: 'the policy is accepted' });
  },
);

test('an edit changes the Cluster in place, and no connection knows of it', async () => {
  const { client, pipeline } = await started(traffic(breaker(7), targets.TCPRoute));
  pipeline.apply(traffic(breaker(8), targets.TCPRoute));
  await pipeline.drain();
  expect(client.take()).toEqual([`CDS ${own}`, 'EDS default/app/80']);
  pipeline.delete(traffic(breaker(8), targets.TCPRoute));
  await pipeline.drain();
  expect(client.take()).toEqual([`ECDS ${proxies.TCPRoute}`, `CDS -${own}`]);
});

test('a connection can be hashed by the client’s address alone', async () => {
  const { client, pipeline } = await started(traffic(by('SourceIP'), targets.TCPRoute));
  expect(client.json('ECDS', proxies.TCPRoute)).toMatchObject({
    typedConfig: { cluster: own, hashPolicy: [{ sourceIp: {} }] },
  });
  expect(client.json('CDS', own)).toMatchObject({ lbPolicy: 'MAGLEV' });
  pipeline.apply(traffic(by('Header', { header: { name: 'x' } }), targets.TCPRoute));
  await pipeline.drain();
  expect(client.json('ECDS', proxies.TCPRoute)).not.toHaveProperty('typedConfig.hashPolicy');
  expect(client.json('CDS', own)).toMatchObject({ lbPolicy: 'LEAST_REQUEST' });
  expect(accepted(pipeline)?.message).toBe(
    'the policy is accepted; without effect at TCPRoute default/tcp: spec.loadBalancer.consistentHash',
  );
});

test.each([
  ['RoundRobin', 'ROUND_ROBIN'],
  ['LeastRequest', 'LEAST_REQUEST'],
  ['Random', 'RANDOM'],
])('datagrams are shared by %s', async (type, wanted) => {
  const { client, pipeline } = await started(traffic({ loadBalancer: { type } }, targets.UDPRoute));
  const { lbPolicy = 'ROUND_ROBIN' } = client.json('CDS', ofUdp) as { lbPolicy?: string };
  expect(lbPolicy).toBe(wanted);
  expect(client.json('CDS', ofUdp)).toMatchObject({ commonLbConfig: { localityWeightedLbConfig: {} } });
  expect(accepted(pipeline)).toMatchObject({ status: 'True', message: 'the policy is accepted' });
});

test('the condition names what has no effect below HTTP', async () => {
  const spec = {
    retry: { numRetries: 3 },
    timeout: { tcp: { connectTimeout: '3s' }, http: { requestTimeout: '9s' } },
    compressor: [{ type: 'Gzip' }],
  };
  const { pipeline } = await started(traffic(spec, targets.TCPRoute));
  expect(accepted(pipeline)?.message).toBe(
    'the policy is accepted; without effect at TCPRoute default/tcp: spec.retry, spec.compressor, spec.timeout.http',
  );
  pipeline.apply(traffic(spec, targets.UDPRoute));
  await pipeline.drain();
  expect(accepted(pipeline)?.message).toBe(
    'the policy is accepted; without effect at UDPRoute default/udp: spec.retry, spec.timeout, spec.compressor',
  );
});

test.each<[string, object, string]>([
  ['a field that cannot be read', { circuitBreaker: { maxConnections: -1 } }, 'spec.circuitBreaker'],
  [
    'a reference to nothing',
    {
      responseOverride: [
        {
          match: { statusCodes: [{ type: 'Value', value: 500 }] },
          response: { body: { type: 'ValueRef', valueRef: { group: '', kind: 'ConfigMap', name: 'none' } } },
        },
      ],
    },
    'spec.responseOverride[0]',
  ],
])('a policy with %s closes its connections', async (_what, spec, path) => {
  const refs = Object.values(targets);
  const { client, pipeline } = await started(traffic(spec, ...refs));
  for (const proxy of Object.values(proxies))
    expect(client.json('ECDS', proxy)).toMatchObject({ typedConfig: { cluster: 'sluice/none' } });
  expect(client.json('CDS', ofUdp)).toMatchObject({ edsClusterConfig: { serviceName: 'default/udp:' } });
  expect(accepted(pipeline)).toMatchObject({ status: 'False', reason: 'Invalid' });
  expect(accepted(pipeline)?.message).toContain(path);
  expect(accepted(pipeline)?.message).toContain('; connections of its routes are closed');
});

test('the policy of the Gateway is in force at its routes of bytes, and a route’s own in its place', async () => {
  const general = m.policy(
    'BackendTrafficPolicy',
    { targetRefs: [{ kind: 'Gateway', name: 'web' }], ...breaker(9) },
    { name: 'general' },
  );
  const { client } = await started(general, traffic(breaker(7), targets.TCPRoute));
  expect(client.json('ECDS', proxies.TCPRoute)).toMatchObject({ typedConfig: { cluster: own } });
  expect(client.json('ECDS', proxies.TLSRoute)).toMatchObject({
    typedConfig: { cluster: 'default/app/80/tcp/@traffic/default/general' },
  });
});

test('plugins of a route of bytes have no effect, and the policy says so', async () => {
  const policy = m.policy('EnvoyExtensionPolicy', {
    targetRefs: [targets.TCPRoute],
    extProc: [{ backendRefs: [m.backend()] }],
  });
  const { client, pipeline } = await started(policy);
  expect(client.json('ECDS', proxies.TCPRoute)).toMatchObject({
    typedConfig: { cluster: 'default/app/80/tcp' },
  });
  const status = pipeline.status('EnvoyExtensionPolicy', 'policy') as {
    ancestors: readonly { conditions: readonly Condition[] }[];
  };
  expect(status.ancestors[0]?.conditions[0]).toMatchObject({
    type: 'Accepted',
    status: 'True',
    message:
      'the policy is accepted, without effect at TCPRoute default/tcp: plugins see requests of HTTP alone',
  });
});
