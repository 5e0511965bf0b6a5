import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { backend, endpointSlice, policy, service } from '../rig/objects/manifests.ts';
import { converge } from '../rig/envoy/converge.ts';
import type { EchoBackend } from '../rig/envoy/echo-backend.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';

let rig: EnvoyRig;
let servers: readonly EchoBackend[] = [];

beforeAll(async () => {
  rig = await EnvoyRig.start();
  servers = await Promise.all(['one', 'two', 'three'].map((name) => rig.server(name)));
  rig.apply([service('app')]);
  rig.pointAt('app', servers);
});

beforeEach(() => {
  for (const server of servers) {
    server.behaviour = () => ({ kind: 'echo' });
    server.count = 0;
  }
});

afterAll(() => rig.close());

async function serve(name: string, spec: object, to = 'app'): Promise<void> {
  rig.apply([
    policy('BackendTrafficPolicy', { targetRefs: [{ kind: 'HTTPRoute', name }], ...spec }, { name }),
  ]);
  await rig.serve(name, [{ backendRefs: [backend(to)] }]);
}

function repeated(count: number): string[] {
  return Array.from({ length: count }, () => '/');
}

test('requests with one value of a header go to one endpoint, others to others', async () => {
  const consistentHash = { type: 'Header', header: { name: 'x-user' } };
  await serve('hash', { loadBalancer: { type: 'ConsistentHash', consistentHash } });
  const chosen = new Set<string | number>();
  for (const user of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
    const requests = repeated(5).map((path) => ({ path, headers: { 'x-user': user } }));
    const answers = new Set(await rig.answers('hash', requests));
    expect(answers.size).toBe(1);
    for (const answer of answers) chosen.add(answer);
  }
  expect(chosen.size).toBeGreaterThan(1);
});

test('a cookie that Envoy sets keeps a client at its endpoint', async () => {
  const consistentHash = {
    type: 'Cookie',
    cookie: { name: 'at', ttl: '1h', attributes: { SameSite: 'Strict' } },
  };
  await serve('cookie', { loadBalancer: { type: 'ConsistentHash', consistentHash } });
  const first = await rig.send('cookie');
  const [cookie = ''] = first.headers.get('set-cookie') ?? [];
  expect(cookie).toMatch(/^at="?[^;]+; Max-Age=3600;.*SameSite=Strict/);
  const requests = repeated(5).map((path) => ({ path, headers: { cookie: cookie.split(';')[0] ?? '' } }));
  expect(new Set(await rig.answers('cookie', requests)).size).toBe(1);
});

test('requests take turns', async () => {
  await serve('turns', { loadBalancer: { type: 'RoundRobin' } });
  const answers = await rig.answers('turns', repeated(6));
  expect(new Set(answers)).toEqual(new Set(['one', 'two', 'three']));
  expect(servers.map(({ count }) => count)).toEqual([2, 2, 2]);
});

test('beyond the bound of requests at one time the proxy answers 503', async () => {
  await serve('breaker', { circuitBreaker: { maxParallelRequests: 1 } });
  for (const server of servers) server.behaviour = () => ({ kind: 'hold' });
  const held = rig.send('breaker', { path: '/held' }).catch(() => undefined);
  await converge(() => servers.some(({ count }) => count > 0));
  expect(await rig.answers('breaker', ['/more'])).toEqual([503]);
  await serve('breaker', { circuitBreaker: { maxParallelRequests: 100 } });
  for (const server of servers) server.behaviour = () => ({ kind: 'echo' });
  expect(await rig.answers('breaker', ['/'])).not.toEqual([503]);
  void held;
});

const healthy: EchoBackend['behaviour'] = ({ path }) =>
  path === '/up' ? { kind: 'status', status: 200 } : { kind: 'echo' };

test('an endpoint that fails its checks gets no requests, and is back when it answers them again', async () => {
  for (const server of servers) server.behaviour = healthy;
  servers[0]!.behaviour = (request) =>
    request.path === '/up' ? { kind: 'status', status: 500 } : { kind: 'echo' };
  await serve('checked', {
    loadBalancer: { type: 'RoundRobin' },
    healthCheck: {
      active: { type: 'HTTP', interval: '50ms', unhealthyThreshold: 1, http: { path: '/up' } },
    },
  });
  await converge(async () => {
    expect(await rig.answers('checked', repeated(9))).not.toContain('one');
    return true;
  });
  expect(servers[0]!.requests.find(({ path }) => path === '/up')?.host).toBe('app.default');
  servers[0]!.behaviour = healthy;
  await converge(async () => {
    expect(await rig.answers('checked', repeated(9))).toContain('one');
    return true;
  });
});

test('buffers of sockets are bounded by the policy', async () => {
  await serve('buffered', { connection: { socketBufferLimit: '32Ki' } });
  expect(await rig.answers('buffered', ['/'])).toHaveLength(1);
});

test('an endpoint that answers 5xx is ejected', async () => {
  servers[0]!.behaviour = () => ({ kind: 'status', status: 500 });
  await serve('passive', {
    loadBalancer: { type: 'RoundRobin' },
    healthCheck: { passive: { consecutive5XxErrors: 1, maxEjectionPercent: 100, interval: '50ms' } },
  });
  await converge(async () => {
    expect(await rig.answers('passive', repeated(9))).not.toContain(500);
    return true;
  });
});

test('a connection ends after as many requests as the policy says', async () => {
  await serve('reused', { circuitBreaker: { maxRequestsPerConnection: 1 } });
  await rig.answers('reused', repeated(4));
  const stats = await rig.envoy.stats('@traffic/default/reused.upstream_cx_total$');
  expect([...stats.values()]).toEqual([4]);
});

test.each([
  ['V1', 'PROXY TCP4 127.0.0.1 '],
  ['V2', '\r\n\r\n\0\r\nQUIT\n'],
])('the header of the PROXY protocol %s comes before the request', async (version, begin) => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  rig.apply([
    service('raw'),
    endpointSlice(['127.0.0.1'], {
      name: 'raw-0',
      service: 'raw',
      port: (server.address() as AddressInfo).port,
    }),
  ]);
  await serve(`proxied-${version.toLowerCase()}`, { proxyProtocol: { version } }, 'raw');
  const answer = rig.send(`proxied-${version.toLowerCase()}`);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  expect(bytes.toString('latin1').startsWith(begin)).toBe(true);
  socket.end('HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n');
  expect((await answer).status).toBe(204);
  server.close();
});

test('an edit of a setting is an update of one cluster, and of no route', async () => {
  await serve('edited', { connection: { bufferLimit: 40_000 } });
  const before = await rig.sentByType();
  await serve('edited', { connection: { bufferLimit: 50_000 } });
  const after = await rig.sentByType();
  const changed = Object.keys(after).filter((type) => after[type] !== before[type]);
  expect(changed.sort()).toEqual(['Cluster', 'ClusterLoadAssignment']);
});
