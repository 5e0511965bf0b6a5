import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { must } from '../../src/lib/assert.ts';
import { backend, endpointSlice, policy, service } from '../rig/objects/manifests.ts';
import { converge } from '../rig/envoy/converge.ts';
import type { EchoBackend } from '../rig/envoy/echo-backend.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';

let rig: EnvoyRig;
let servers: readonly EchoBackend[] = [];
const zones = ['east', 'west', 'west'];

beforeAll(async () => {
  rig = await EnvoyRig.start();
  servers = await Promise.all(['one', 'two', 'three'].map((name) => rig.server(name)));
  const slices = servers.map(({ port }, i) =>
    endpointSlice([{ addresses: ['127.0.0.1'], zone: zones[i] }], { name: `app-${i}`, port }),
  );
  rig.apply([service('app'), ...slices]);
});

beforeEach(() => {
  for (const server of servers) {
    server.behaviour = () => ({ kind: 'echo' });
    server.count = 0;
  }
});

afterAll(() => rig.close());

async function serve(name: string, spec: object): Promise<void> {
  rig.apply([
    policy('BackendTrafficPolicy', { targetRefs: [{ kind: 'HTTPRoute', name }], ...spec }, { name }),
  ]);
  await rig.serve(name, [{ backendRefs: [backend('app')] }]);
}

function repeated(count: number): string[] {
  return Array.from({ length: count }, () => '/');
}

test.each([
  { type: 'LeastRequest' },
  { type: 'RoundRobin', slowStart: { window: '1s' } },
  { type: 'Random' },
  { type: 'ConsistentHash', consistentHash: { type: 'SourceIP' } },
  { type: 'BackendUtilization', backendUtilization: {} },
])('a header names the endpoint, and without it the balancer chooses: %j', async (balancer) => {
  const extractFrom = [{ header: 'x-first' }, { header: 'x-endpoint' }];
  await serve('named', { loadBalancer: { ...balancer, endpointOverride: { extractFrom } } });
  for (const { name, port } of servers) {
    const headers = { 'x-endpoint': `127.0.0.1:${port}` };
    expect(await rig.answers('named', [{ headers }, { headers }])).toEqual([name, name]);
  }
  const headers = { 'x-endpoint': '127.0.0.1:1' };
  expect(servers.map(({ name }) => name as string | number)).toContain(
    (await rig.answers('named', [{ headers }]))[0],
  );
});

test.each([
  { type: 'LeastRequest' },
  { type: 'RoundRobin' },
  { type: 'Random' },
  { type: 'BackendUtilization', backendUtilization: {} },
  { type: 'Random', endpointOverride: { extractFrom: [{ header: 'x-endpoint' }] } },
])('a zone of weight 0 gets no requests, and others do: %j', async (balancer) => {
  const weightedZones = [{ zone: 'east', weight: 0 }];
  await serve('zoned', { loadBalancer: { ...balancer, zoneAware: { weightedZones } } });
  const answers = new Set(await rig.answers('zoned', repeated(20)));
  expect(answers).toEqual(new Set(['two', 'three']));
});

test('zones share requests by weight, whatever the number of their endpoints', async () => {
  const weightedZones = [
    { zone: 'east', weight: 3 },
    { zone: 'west', weight: 1 },
  ];
  await serve('weighted', { loadBalancer: { type: 'RoundRobin', zoneAware: { weightedZones } } });
  await rig.answers('weighted', repeated(40));
  expect(servers[0]?.count).toBe(30);
});

const weights = (east: number) => [{ zone: 'east', weight: east }];

test('an edit of weights is in force at once, and no request fails', async () => {
  await serve('edited', {
    loadBalancer: { type: 'Random', zoneAware: { weightedZones: weights(0) } },
  });
  expect(await rig.answers('edited', repeated(10))).not.toContain('one');
  await serve('edited', {
    loadBalancer: { type: 'Random', zoneAware: { weightedZones: weights(1_000_000) } },
  });
  await converge(async () => {
    expect(new Set(await rig.answers('edited', repeated(10)))).toEqual(new Set(['one']));
    return true;
  });
});

const report = (load: number) => `JSON {"cpu_utilization":${load},"rps_fractional":100}`;

test('an endpoint that reports more load gets fewer requests, and no client sees the reports', async () => {
  for (const [i, server] of servers.entries())
    server.behaviour = () => ({
      kind: 'echo',
      headers: { 'endpoint-load-metrics': report(i === 0 ? 0.95 : 0.05) },
    });
  await serve('loaded', {
    loadBalancer: {
      type: 'BackendUtilization',
      backendUtilization: { blackoutPeriod: '1ms', weightUpdatePeriod: '100ms' },
    },
  });
  await converge(async () => {
    for (const server of servers) server.count = 0;
    await rig.answers('loaded', repeated(30));
    expect(servers[0]?.count).toBeLessThan(4);
    return true;
  });
  const { headers } = await rig.send('loaded');
  expect(headers.has('endpoint-load-metrics')).toBe(false);
});

test('health checks go to the port of the policy', async () => {
  const health = await rig.server('health');
  let status = 500;
  health.behaviour = () => ({ kind: 'status', status });
  const active = {
    type: 'HTTP',
    interval: '50ms',
    unhealthyThreshold: 1,
    http: { path: '/up' },
    overrides: { port: health.port },
  };
  await serve('elsewhere', { healthCheck: { panicThreshold: 0, active } });
  await converge(async () => {
    expect(await rig.answers('elsewhere', ['/'])).toEqual([503]);
    return true;
  });
  status = 200;
  await converge(async () => {
    expect(await rig.answers('elsewhere', ['/'])).not.toEqual([503]);
    return true;
  });
  expect(servers.flatMap(({ requests }) => requests.filter(({ path }) => path === '/up'))).toEqual([]);
});

test('attempts change the priority as the policy says, and are made where there is only one', async () => {
  await serve('priorities', {
    retry: { numRetries: 3, numAttemptsPerPriority: 1, retryOn: { triggers: ['5xx'] } },
  });
  const [bad] = servers;
  must(bad, 'server').behaviour = () => ({ kind: 'status', status: 500 });
  expect(await rig.answers('priorities', repeated(6))).not.toContain(500);
});
