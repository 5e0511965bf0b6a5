import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { base, gatewayTarget, served, traffic } from '../rig/pipeline/traffic-policy.ts';

const own = 'default/app/80/http1/@traffic/default/policy';
const inZones = m.endpointSlice([
  { addresses: ['10.0.0.1'], zone: 'east' },
  { addresses: ['10.0.0.2'], zone: 'west' },
  { addresses: ['10.0.0.3'], zone: 'east' },
]);

const policy = (name: string, typedConfig: object) => ({
  policies: [{ typedExtensionConfig: { name: `envoy.load_balancing_policies.${name}`, typedConfig } }],
});

async function started(spec: object) {
  const pipeline = await Pipeline.started([...base, inZones, traffic(spec)]);
  return { pipeline, client: await pipeline.connected() };
}

const reports = {
  blackoutPeriod: '2s',
  weightUpdatePeriod: '0s',
  errorUtilizationPenaltyPercent: 150,
  metricNamesForComputingUtilization: ['named_metrics.busy'],
  outOfBand: { reportingPeriod: '5s', port: 9000, authority: 'load' },
};
const byLoad = policy('client_side_weighted_round_robin', {
  blackoutPeriod: '2s',
  errorUtilizationPenalty: 1.5,
  metricNamesForComputingUtilization: ['named_metrics.busy'],
  enableOobLoadReport: true,
  oobReportingPeriod: '5s',
  oobReportingConfig: { portValue: 9000, authority: 'load' },
  slowStartConfig: { slowStartWindow: '30s' },
});
const byWeight = { localityWeightedLbConfig: {} };
const headers = { extractFrom: [{ header: 'x-endpoint' }, { header: 'x-other' }] };
const named = (fallbackPolicy: object) =>
  policy('override_host', {
    overrideHostSources: [{ header: 'x-endpoint' }, { header: 'x-other' }],
    fallbackPolicy,
  });
const weightedZones = [
  { zone: 'west', weight: 3 },
  { zone: 'east', weight: 0 },
];

test.each<[string, object, object]>([
  [
    'load that endpoints report',
    { type: 'BackendUtilization', backendUtilization: reports, slowStart: { window: '30s' } },
    { lbPolicy: 'LOAD_BALANCING_POLICY_CONFIG', loadBalancingPolicy: byLoad },
  ],
  [
    'load, by zone',
    {
      type: 'BackendUtilization',
      backendUtilization: reports,
      slowStart: { window: '30s' },
      zoneAware: { weightedZones },
    },
    { loadBalancingPolicy: policy('wrr_locality', { endpointPickingPolicy: byLoad }) },
  ],
  [
    'the endpoint that a header names, and else in turn with a slow start',
    { type: 'RoundRobin', endpointOverride: headers, slowStart: { window: '30s' } },
    {
      loadBalancingPolicy: named(policy('round_robin', { slowStartConfig: { slowStartWindow: '30s' } })),
    },
  ],
  [
    'the endpoint that a header names, and else the least busy, by zone',
    { type: 'LeastRequest', endpointOverride: headers, zoneAware: { weightedZones } },
    { loadBalancingPolicy: named(policy('least_request', { localityLbConfig: byWeight })) },
  ],
  [
    'the endpoint that a header names, and else any',
    { type: 'Random', endpointOverride: headers },
    { loadBalancingPolicy: named(policy('random', {})) },
  ],
  [
    'the endpoint that a header names, and else that of a hash, by zone',
    {
      type: 'ConsistentHash',
      consistentHash: { type: 'SourceIP', tableSize: 1009 },
      endpointOverride: headers,
      zoneAware: { weightedZones },
    },
    { loadBalancingPolicy: named(policy('maglev', { tableSize: '1009', localityWeightedLbConfig: {} })) },
  ],
  [
    'any endpoint, by zone',
    { type: 'Random', zoneAware: { weightedZones } },
    { lbPolicy: 'RANDOM', commonLbConfig: byWeight },
  ],
])('%s', async (_, loadBalancer, cluster) => {
  const { client, pipeline } = await started({ loadBalancer });
  expect(client.json('CDS', own)).toMatchObject(cluster);
  expect(JSON.stringify(pipeline.status('BackendTrafficPolicy', 'policy'))).toContain(
    '"message":"the policy is accepted"',
  );
});

test('weights of zones are those of the localities of endpoints, which only the policy’s clusters use', async () => {
  const { client } = await started({
    loadBalancer: { type: 'RoundRobin', zoneAware: { weightedZones } },
    healthCheck: { panicThreshold: 0 },
  });
  const name = 'default/app/80/@zones=east=0,west=3';
  expect(client.json('CDS', own)).toMatchObject({
    edsClusterConfig: { serviceName: name },
    commonLbConfig: { ...byWeight, healthyPanicThreshold: {} },
  });
  const { endpoints } = client.json('EDS', name) as unknown as { endpoints: readonly object[] };
  expect(endpoints).toMatchObject([
    { locality: { zone: 'east' }, lbEndpoints: [{}, {}] },
    { locality: { zone: 'west' }, lbEndpoints: [{}], loadBalancingWeight: 3 },
  ]);
  expect(endpoints[0]).not.toHaveProperty('loadBalancingWeight');
});

test('zones that a policy does not weigh change nothing of the endpoints', async () => {
  const { client } = await started({ retry: {} });
  const name = 'default/app/80';
  expect(JSON.stringify(client.json('EDS', name))).not.toContain('east');
});

test('health checks go to another port, of endpoints that only the policy’s clusters use', async () => {
  const active = { type: 'TCP', tcp: {}, overrides: { port: 9090 } };
  const { client } = await started({ healthCheck: { active } });
  const name = 'default/app/80/@check=9090';
  expect(client.json('CDS', own)).toMatchObject({ edsClusterConfig: { serviceName: name } });
  expect(client.json('EDS', name)).toMatchObject({
    endpoints: [{ lbEndpoints: [{ endpoint: { healthCheckConfig: { portValue: 9090 } } }, {}, {}] }],
  });
});

test('an endpoint that comes is an update of its endpoints alone', async () => {
  const { client, pipeline } = await started({
    loadBalancer: { type: 'Random', zoneAware: { weightedZones } },
  });
  client.take();
  pipeline.apply(m.endpointSlice([{ addresses: ['10.0.0.4'], zone: 'west' }]));
  await pipeline.drain();
  expect(client.take()).toEqual(['EDS default/app/80/@zones=east=0,west=3']);
});

const spec = (backendUtilization: object) => ({
  loadBalancer: { type: 'BackendUtilization', backendUtilization },
});

test('reports of load reach clients only where the policy wants it', async () => {
  const hidden = { responseHeadersToRemove: ['endpoint-load-metrics', 'endpoint-load-metrics-bin'] };
  const { routes } = await served([traffic(spec({}))]);
  expect(routes).toMatchObject([hidden]);
  const kept = await served([traffic(spec({ keepResponseHeaders: true }))]);
  expect(kept.routes[0]).not.toHaveProperty('responseHeadersToRemove');
});

test.each<[string, object, string]>([
  ['no reports', { type: 'BackendUtilization' }, 'backendUtilization: is required'],
  ['a period of 0', { type: 'Random', slowStart: { window: '0s' } }, 'slowStart.window: must be more than 0'],
  [
    'weights that are too much for Envoy',
    {
      type: 'Random',
      zoneAware: {
        weightedZones: [
          { zone: 'a', weight: 4_294_967_295 },
          { zone: 'b', weight: 1 },
        ],
      },
    },
    'zoneAware.weightedZones: must have weights',
  ],
  [
    'a zone twice',
    {
      type: 'Random',
      zoneAware: {
        weightedZones: [
          { zone: 'a', weight: 1 },
          { zone: 'a', weight: 2 },
        ],
      },
    },
    'zoneAware.weightedZones: must name each zone once',
  ],
  [
    'a table that is too large',
    { type: 'ConsistentHash', consistentHash: { type: 'SourceIP', tableSize: 5_000_029 } },
    'consistentHash.tableSize',
  ],
])('%s: the policy is Invalid', async (_, loadBalancer, message) => {
  const { accepted, routes } = await served([traffic({ loadBalancer })]);
  expect(accepted).toMatchObject({ status: 'False', reason: 'Invalid' });
  expect(accepted?.message).toContain(`spec.loadBalancer.${message}`);
  expect(routes.map(({ directResponse }) => directResponse?.status)).toEqual([500]);
});

test('a preference for the proxy’s own zone is named, and the rest is in force', async () => {
  const { accepted } = await served([
    traffic({
      loadBalancer: {
        type: 'LeastRequest',
        zoneAware: { preferLocal: { minEndpointsThreshold: 3 } },
      },
      connection: { preconnect: { predictivePercent: 120 } },
    }),
  ]);
  expect(accepted).toMatchObject({ status: 'True' });
  expect(accepted?.message).toContain('spec.loadBalancer.zoneAware.preferLocal');
  expect(accepted?.message).toContain(
    'spec.connection.preconnect.predictivePercent with loadBalancer.type LeastRequest',
  );
});

test('a merge has the zones of one policy, and the check of the other', async () => {
  const above = m.policy(
    'BackendTrafficPolicy',
    {
      targetRefs: [gatewayTarget],
      healthCheck: { active: { type: 'TCP', tcp: {}, overrides: { port: 1 } } },
    },
    { name: 'above' },
  );
  const loadBalancer = { type: 'Random', zoneAware: { weightedZones } };
  const pipeline = await Pipeline.started([
    ...base,
    inZones,
    above,
    traffic({ mergeType: 'JSONMerge', loadBalancer }),
  ]);
  const client = await pipeline.connected();
  expect(client.names('EDS')).toContain('default/app/80/@check=1/@zones=east=0,west=3');
});

test.each([
  [
    { dnsRefreshRate: '5s', respectDnsTtl: false, lookupFamily: 'IPv6' },
    { dnsRefreshRate: '5s', dnsLookupFamily: 'V6_ONLY' },
  ],
  [{ lookupFamily: 'IPv4AndIPv6' }, { dnsRefreshRate: '30s', respectDnsTtl: true, dnsLookupFamily: 'ALL' }],
])('names of a Backend are resolved as the policy says: %j', async (dns, typedConfig) => {
  const outside = m.backendObject({ endpoints: [{ fqdn: { hostname: 'a.example', port: 443 } }] });
  const to = m.httpRoute([{ backendRefs: [m.toObject()] }], { name: 'shop', hostnames: ['shop.test'] });
  const pipeline = await Pipeline.started([...base.slice(0, -1), outside, to, traffic({ dns })]);
  pipeline.setSettings({ backendHostnames: true });
  await pipeline.settle();
  const client = await pipeline.connected();
  const { clusterType } = client.json(
    'CDS',
    'default/backend:outside/http1/@traffic/default/policy',
  ) as unknown as { clusterType: { typedConfig: object } };
  expect(clusterType.typedConfig).toEqual({
    '@type': 'type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster',
    ...typedConfig,
  });
});
