import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createMetrics, type Metrics } from '../observe/metrics.ts';
import { startAdmin, type AdminServer } from './admin.ts';

let metrics: Metrics;
let admin: AdminServer;
let reason: string | undefined;

beforeEach(async () => {
  metrics = createMetrics();
  reason = 'the first scan is not complete';
  const view = {
    notReady: () => reason,
    objects: () => [{ kind: 'Gateway' }, { kind: 'HTTPRoute' }],
    problems: () => [],
    proxies: (id: string | undefined) => [{ proxy: id ?? 'all', resources: ['a', 'b'].values() }],
  };
  admin = await startAdmin({ address: '127.0.0.1', port: 0 }, view, metrics);
});

afterEach(async () => {
  await admin.close();
  metrics.close();
});

/** Unlike `fetch`, sends the path and the Host header as they are. */
function ask(
  path: string,
  { method = 'GET', host = 'localhost' } = {},
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { port: admin.port, host: '127.0.0.1', path, method, headers: { host } },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (body += part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

test('readyz is 503 with the reason until the control plane is ready', async () => {
  expect(await ask('/readyz')).toEqual({ status: 503, body: 'the first scan is not complete\n' });
  expect(await ask('/healthz')).toEqual({ status: 200, body: 'ok\n' });
  reason = undefined;
  expect(await ask('/readyz')).toEqual({ status: 200, body: 'ready\n' });
});

test('metrics are those of the registry', async () => {
  metrics.nacks.inc({ type: 'lds' });
  expect((await ask('/metrics')).body).toContain('sluice_xds_nacks_total{type="lds"} 1');
});

test('lists are JSON, empty ones too', async () => {
  expect(JSON.parse((await ask('/debug/objects')).body)).toEqual([
    { kind: 'Gateway' },
    { kind: 'HTTPRoute' },
  ]);
  expect(JSON.parse((await ask('/debug/problems')).body)).toEqual([]);
});

test.each([
  ['/debug/proxies', 'all'],
  ['/debug/proxies?proxy=', ''],
  ['/debug/proxies?proxy=a%2Fb', 'a/b'],
  ['/debug/proxies?proxy=a?b&x=y', 'a?b'],
])('%s is about proxy %j', async (path, proxy) => {
  expect(JSON.parse((await ask(path)).body)).toEqual([{ proxy, resources: ['a', 'b'] }]);
});

test.each(['example.com', 'localhost.example.com', '10.0.0.1', '127.0.0.1.nip.io:19000', '[::2]'])(
  'a request for host %j is refused',
  async (host) => {
    expect((await ask('/debug/objects', { host })).status).toBe(403);
  },
);

test.each(['127.0.0.1:19000', 'localhost:1', '[::1]:19000', 'LOCALHOST'])(
  'a request for host %j is answered',
  async (host) => {
    expect((await ask('/healthz', { host })).status).toBe(200);
  },
);

test.each(['/debug/../metrics', '//metrics', '/%6detrics', '/metrics/', '/__proto__', '/'])(
  'the path %j is nothing',
  async (path) => {
    expect((await ask(path)).status).toBe(404);
  },
);

test.each(['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'])('%s is refused', async (method) => {
  expect((await ask('/healthz', { method })).status).toBe(405);
});

test('a port that is taken rejects', async () => {
  const view = { notReady: () => undefined, objects: () => [], problems: () => [], proxies: () => [] };
  await expect(startAdmin({ address: '127.0.0.1', port: admin.port }, view, metrics)).rejects.toThrow(
    'EADDRINUSE',
  );
});
