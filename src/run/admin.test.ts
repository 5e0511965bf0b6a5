import http, { request } from 'node:http';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SilentLog } from '../../test/rig/pipeline/silent-log.ts';
import { systemClock } from '../lib/clock.ts';
import { Faults } from '../observe/faults.ts';
import { createMetrics, type Metrics } from '../observe/metrics.ts';
import { startAdmin } from './admin.ts';
import type { HttpServer } from './http-server.ts';

let metrics: Metrics;
let admin: HttpServer;
let log: SilentLog;
let faults: Faults;
let reason: string | undefined;
let items: Iterable<unknown>;

beforeEach(async () => {
  metrics = createMetrics();
  log = new SilentLog();
  faults = new Faults(log, metrics, systemClock);
  items = [{ kind: 'Gateway' }, { kind: 'HTTPRoute' }];
  reason = 'the first scan is not complete';
  const view = {
    notReady: () => reason,
    objects: () => items,
    problems: () => [],
    proxies: (id: string | undefined) => [{ proxy: id ?? 'all', resources: ['a', 'b'].values() }],
  };
  admin = await startAdmin({ address: '127.0.0.1', port: 0 }, view, metrics, faults);
});

afterEach(async () => {
  await admin.close();
  metrics.close();
});

/** Sends the path and the Host header unchanged, unlike `fetch`. */
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
        response.on('error', reject);
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
  await expect(startAdmin({ address: '127.0.0.1', port: admin.port }, view, metrics, faults)).rejects.toThrow(
    'EADDRINUSE',
  );
});

function broken(): never {
  throw new Error('broken');
}

async function counted(): Promise<Record<string, number>> {
  const { values } = await metrics.faults.get();
  return Object.fromEntries(
    values.flatMap(({ labels, value }) => (value > 0 ? [[labels.place, value]] : [])),
  );
}

/** Asks an admin server whose view throws. */
async function askBroken(path: string): Promise<{ status: number; body: string }> {
  const view = { notReady: broken, objects: broken, problems: broken, proxies: broken };
  const whole = admin;
  admin = await startAdmin({ address: '127.0.0.1', port: 0 }, view, metrics, faults);
  metrics.leader.get = broken;
  try {
    return await ask(path);
  } finally {
    await admin.close();
    admin = whole;
  }
}

test.each(['/readyz', '/metrics', '/debug/objects', '/debug/problems', '/debug/proxies'])(
  'an error of %s is answered with 500, logged and counted, and ends nothing else',
  async (path) => {
    expect(await askBroken(path)).toEqual({ status: 500, body: 'a bug in Sluice: the log says more\n' });
    expect(log.lines.map(({ fields }) => fields)).toEqual([
      { place: 'request', error: expect.stringMatching(/^Error: broken\n/) },
    ]);
    expect(await counted()).toEqual({ request: 1 });
    expect((await ask('/healthz')).status).toBe(200);
  },
);

test('an error in the middle of a list ends that answer, and is counted', async () => {
  items = (function* () {
    yield { kind: 'Gateway' };
    throw new Error('broken');
  })();
  await expect(ask('/debug/objects')).rejects.toThrow(/aborted|hang up/);
  expect(await counted()).toEqual({ request: 1 });
  expect((await ask('/healthz')).status).toBe(200);
});

test('a reader that leaves in the middle of a list is no error', async () => {
  let given = 0;
  const { promise: left, resolve: leave } = Promise.withResolvers<void>();
  items = (function* () {
    try {
      for (; ; given++) yield { kind: 'x'.repeat(10_000) };
    } finally {
      leave();
    }
  })();
  const sent = request({ port: admin.port, host: '127.0.0.1', path: '/debug/objects' }, (response) =>
    response.once('data', () => response.destroy()),
  );
  sent.on('error', () => {});
  sent.end();
  await left;
  expect(given).toBeGreaterThan(0);
  expect((await ask('/healthz')).status).toBe(200);
  expect(await counted()).toEqual({});
});

test('an error of the listener is logged and counted', async () => {
  const made = vi.spyOn(http.Server.prototype, 'listen');
  const another = await startAdmin(
    { address: '127.0.0.1', port: 0 },
    { notReady: () => undefined, objects: () => [], problems: () => [], proxies: () => [] },
    metrics,
    faults,
  );
  const [server] = made.mock.contexts as http.Server[];
  made.mockRestore();
  server?.emit('error', new Error('EMFILE'));
  expect(await counted()).toEqual({ listener: 1 });
  await another.close();
});
