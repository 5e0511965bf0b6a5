import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { backend, configMap, endpointSlice, policy, service } from '../rig/objects/manifests.ts';
import type { EchoBackend } from '../rig/envoy/echo-backend.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';

let rig: EnvoyRig;
let app: EchoBackend;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  app = await rig.backend('app');
});

beforeEach(() => {
  app.behaviour = () => ({ kind: 'echo' });
  app.count = 0;
});

afterAll(() => rig.close());

async function serve(name: string, spec: object): Promise<void> {
  rig.apply([
    policy('BackendTrafficPolicy', { targetRefs: [{ kind: 'HTTPRoute', name }], ...spec }, { name }),
  ]);
  await rig.serve(name, [{ backendRefs: [backend('app')] }]);
}

async function switched(protocol: string): Promise<number | undefined> {
  const headers = { host: 'upgrade.test', connection: 'upgrade', upgrade: protocol };
  const outgoing = request({ port: rig.port, agent: false, headers });
  outgoing.end();
  const [answer] = (await Promise.race([once(outgoing, 'upgrade'), once(outgoing, 'response')])) as [
    IncomingMessage,
  ];
  outgoing.destroy();
  return answer.statusCode;
}

/** Returns the encoding of an answer to a client that accepts some. */
async function encoding(accepted: string): Promise<readonly string[] | undefined> {
  const { headers } = await rig.send('compressed', { headers: { 'accept-encoding': accepted } });
  return headers.get('content-encoding');
}

test('the policy’s retries retry', async () => {
  const retryOn = { triggers: ['retriable-status-codes'], httpStatusCodes: [429] };
  const perRetry = { backOff: { baseInterval: '1ms', maxInterval: '5ms' } };
  await serve('retry', { retry: { numRetries: 2, retryOn, perRetry } });
  app.behaviour = (_, count) => (count <= 2 ? { kind: 'status', status: 429 } : { kind: 'echo' });
  expect(await rig.answers('retry', ['/'])).toEqual(['app']);
  expect(app.count).toBe(3);
});

test('its timeouts end requests', async () => {
  await serve('timeout', { timeout: { http: { requestTimeout: '100ms' } } });
  await serve('stream', { timeout: { http: { maxStreamDuration: '100ms' } } });
  await serve('idle', { timeout: { http: { streamIdleTimeout: '100ms' } } });
  app.behaviour = () => ({ kind: 'hold' });
  expect(await rig.answers('timeout', ['/'])).toEqual([504]);
  expect(await rig.answers('stream', ['/'])).toEqual([504]);
  expect(await rig.answers('idle', ['/'])).toEqual([504]);
});

test('a fault answers in the backend’s place, and ends with the policy', async () => {
  const faultInjection = { delay: { fixedDelay: '1ms' }, abort: { httpStatus: 418 } };
  await serve('fault', { faultInjection });
  expect(await rig.answers('fault', ['/'])).toEqual([418]);
  await serve('fault', { faultInjection: { abort: { httpStatus: 418, percentage: 0 } } });
  expect(await rig.answers('fault', ['/'])).toEqual(['app']);
  await serve('calls', { faultInjection: { abort: { grpcStatus: 14 } } });
  const answer = await rig.send('calls', { headers: { 'content-type': 'application/grpc' } });
  expect(answer.headers.get('grpc-status')).toEqual(['14']);
});

test('a response that matches is replaced, by text in place or in a ConfigMap', async () => {
  rig.apply([configMap({ 'response.body': 'gone for 100 %' }, { name: 'text' })]);
  const body = { type: 'ValueRef', valueRef: { kind: 'ConfigMap', name: 'text' } };
  await serve('override', {
    responseOverride: [
      { match: { statusCodes: [{ value: 404 }] }, response: { body, contentType: 'text/html' } },
      {
        match: { statusCodes: [{ type: 'Range', range: { start: 500, end: 599 } }] },
        response: {
          statusCode: 501,
          body: { inline: 'later' },
          header: { set: [{ name: 'x-a', value: '%' }] },
        },
      },
    ],
  });
  app.behaviour = () => ({ kind: 'status', status: 404 });
  const answer = await rig.send('override');
  expect([answer.status, answer.body, answer.headers.get('content-type')]).toEqual([
    404,
    'gone for 100 %',
    ['text/html'],
  ]);
  app.behaviour = () => ({ kind: 'status', status: 503 });
  const later = await rig.send('override');
  expect([later.status, later.body, later.headers.get('x-a')]).toEqual([501, 'later', ['%']]);
  app.behaviour = () => ({ kind: 'status', status: 403 });
  expect((await rig.send('override')).status).toBe(403);
});

const at = (statusCode: number) => ({ statusCodes: [{ value: statusCode }] });

test('a response that matches is replaced by a redirect', async () => {
  await serve('redirect', {
    responseOverride: [
      { match: at(401), redirect: { path: { type: 'ReplaceFullPath', replaceFullPath: '/login?a=1 %' } } },
      { match: at(403), redirect: { scheme: 'https', hostname: 'login.test', statusCode: 301 } },
    ],
  });
  app.behaviour = () => ({ kind: 'status', status: 401 });
  const login = await rig.send('redirect', { path: '/secret' });
  expect([login.status, login.headers.get('location')]).toEqual([302, ['http://redirect.test/login?a=1 %']]);
  app.behaviour = () => ({ kind: 'status', status: 403 });
  const other = await rig.send('redirect', { path: '/secret?b=2' });
  expect([other.status, other.headers.get('location')]).toEqual([301, ['https://login.test/secret?b=2']]);
});

test('only answers of backends are replaced with source Backend', async () => {
  const response = { statusCode: 410 };
  await serve('source', {
    faultInjection: { abort: { httpStatus: 503, percentage: 100 } },
    responseOverride: [{ match: { statusCodes: [{ value: 503 }] }, response, source: 'Backend' }],
  });
  expect(await rig.answers('source', ['/'])).toEqual([503]);
  await serve('source', {
    responseOverride: [{ match: { statusCodes: [{ value: 503 }] }, response, source: 'Backend' }],
  });
  app.behaviour = () => ({ kind: 'status', status: 503 });
  expect(await rig.answers('source', ['/'])).toEqual([410]);
});

test('a header of the response decides', async () => {
  const responseHeaders = [{ name: 'X-Kind', value: { type: 'Prefix', value: 'bad' } }];
  await serve('header', {
    responseOverride: [{ match: { responseHeaders }, response: { statusCode: 502 } }],
  });
  app.behaviour = ({ path }) => ({ kind: 'echo', headers: { 'x-kind': path.slice(1) } });
  expect(await rig.answers('header', ['/bad-one', '/good'])).toEqual([502, 'app']);
});

test('responses are compressed in the client’s way, the policy’s first choice before others', async () => {
  await serve('compressed', {
    compressor: [{ type: 'Brotli' }, { type: 'Gzip' }, { type: 'Zstd', minContentLength: '1Mi' }],
  });
  expect(await encoding('gzip')).toEqual(['gzip']);
  expect(await encoding('gzip, br')).toEqual(['br']);
  expect(await encoding('zstd')).toBeUndefined();
  expect(app.requests.at(-1)?.headers).not.toHaveProperty('accept-encoding');
});

test('a route compresses from the length that its own policy gives', async () => {
  const headers = { 'accept-encoding': 'gzip' };
  for (const [name, minContentLength] of [
    ['long-only', '1Mi'],
    ['short-too', 30],
  ] as const)
    await serve(name, { compressor: [{ type: 'Gzip', minContentLength }] });
  const long = await rig.send('long-only', { headers });
  const short = await rig.send('short-too', { headers });
  expect([long, short].map((answer) => answer.headers.get('content-encoding'))).toEqual([
    undefined,
    ['gzip'],
  ]);
});

test('a request that is larger than the buffer is refused', async () => {
  await serve('buffer', { requestBuffer: { limit: '1k' } });
  const answer = await rig.send('buffer', { method: 'POST', body: 'a'.repeat(1001) });
  expect(answer.status).toBe(413);
  expect((await rig.send('buffer', { method: 'POST', body: 'a'.repeat(1000) })).status).toBe(200);
});

test('a route switches to the policy’s protocols alone', async () => {
  await serve('upgrade', { httpUpgrade: [{ type: 'other' }] });
  expect(await switched('other')).toBe(101);
  expect(await switched('websocket')).toBe(403);
});

test('CONNECT is ended by the proxy, and the backend gets the bytes; other requests do not match', async () => {
  const server = createServer((socket) => socket.pipe(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  rig.apply([
    service('raw'),
    endpointSlice(['127.0.0.1'], {
      name: 'raw-0',
      service: 'raw',
      port: (server.address() as AddressInfo).port,
    }),
    policy(
      'BackendTrafficPolicy',
      {
        targetRefs: [{ kind: 'HTTPRoute', name: 'tunnel' }],
        httpUpgrade: [{ type: 'CONNECT', connect: { terminate: true } }],
      },
      { name: 'tunnel' },
    ),
  ]);
  await rig.serve('tunnel', [{ backendRefs: [backend('raw')] }]);
  const outgoing = request({ port: rig.port, agent: false, method: 'CONNECT', path: 'tunnel.test:443' });
  outgoing.end();
  const [answer, socket] = (await once(outgoing, 'connect')) as [IncomingMessage, Socket];
  expect(answer.statusCode).toBe(200);
  socket.write('ping');
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  expect(bytes.toString()).toBe('ping');
  socket.destroy();
  server.close();
  expect((await rig.send('tunnel')).status).toBe(404);
});

test('settings of traces are accepted', async () => {
  const tracing = {
    samplingFraction: { numerator: 1, denominator: 2 },
    customTags: { a: { type: 'RequestHeader', requestHeader: { name: 'x-a' } } },
    tags: { b: '%REQ(:PATH)% 100 %' },
    spanName: { client: '%ROUTE_NAME%', server: 'to the backend' },
  };
  await serve('traced', { telemetry: { tracing } });
  expect(await rig.answers('traced', ['/'])).toEqual(['app']);
});

test('statistics of a route have the policy’s name', async () => {
  await serve('stats', { telemetry: { metrics: { routeStatName: '%ROUTE_NAMESPACE%-%ROUTE_NAME%' } } });
  await rig.answers('stats', ['/']);
  const stats = await rig.envoy.stats('route.default-stats.upstream_rq_total$');
  expect([...stats.values()]).toEqual([1]);
});
