import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientPolicy } from '../rig/pipeline/client-policy.ts';
import * as m from '../rig/objects/manifests.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig, toService } from '../rig/envoy/envoy-rig.ts';
import { send } from '../rig/envoy/http-client.ts';
import { exchange, plainGet, statusOf } from '../rig/envoy/raw-client.ts';
import { GrpcBackend } from '../rig/envoy/grpc-backend.ts';

let rig: EnvoyRig;
let calls: GrpcBackend;
const folder = mkdtempSync(join(tmpdir(), 'sluice-clients-'));
const log = join(folder, 'log');

beforeAll(async () => {
  rig = await EnvoyRig.start({
    listeners: ([port]) => [{ name: 'http', port, protocol: 'HTTP', hostname: 'app.test' }],
  });
  await rig.backend('app');
  calls = await new GrpcBackend('calls').start();
  const text = '%REQ(X-ID)% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%\n';
  const settings = [{ format: { type: 'Text', text }, sinks: [{ type: 'File', file: { path: log } }] }];
  const ref = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'proxy', namespace: 'default' };
  rig.apply([
    m.gatewayClass('sluice', ref),
    m.envoyProxy({ telemetry: { accessLog: { settings } } }),
    ...calls.objects(),
    m.grpcRoute([{ matches: [{ method: { service: 'shop.Cart' } }], backendRefs: [m.backend('calls')] }], {
      name: 'calls',
      hostnames: ['app.test'],
    }),
  ]);
  await rig.serve('app', [toService('app')]);
});

afterAll(async () => {
  await rig.close();
  calls.close();
  rmSync(folder, { recursive: true });
});

async function under(spec: object): Promise<void> {
  rig.apply([clientPolicy(spec)]);
  await rig.settled();
}

const forwarded = { 'x-forwarded-for': '203.0.113.9, 203.0.113.8, 10.1.1.1' };

const detections: readonly [object, Readonly<Record<string, string>>, string][] = [
  [{ directSourceIP: {} }, forwarded, '127.0.0.1'],
  [{ xForwardedFor: { numTrustedHops: 1 } }, forwarded, '10.1.1.1'],
  [{ xForwardedFor: { numTrustedHops: 2 } }, forwarded, '203.0.113.8'],
  [{ xForwardedFor: { trustedCIDRs: ['127.0.0.0/8', '10.0.0.0/8'] } }, forwarded, '203.0.113.8'],
  [{ xForwardedFor: { trustedCIDRs: ['192.0.2.0/24'] } }, forwarded, '127.0.0.1'],
  [{ customHeader: { name: 'X-Real-IP' } }, { 'x-real-ip': '203.0.113.7' }, '203.0.113.7'],
  [{ customHeader: { name: 'X-Real-IP' } }, {}, '127.0.0.1'],
];

test('the client’s address is where the policy says', async () => {
  for (const [i, [clientIPDetection, headers]] of detections.entries()) {
    await under({ clientIPDetection });
    await rig.send('app', { headers: { ...headers, 'x-id': `case-${i}` } });
  }
  const wanted = detections.map(([, , address], i) => `case-${i} ${address}`);
  // Envoy writes its log every ten seconds.
  await converge(() => {
    const lines = readFileSync(log, 'utf8').split('\n');
    return lines.some((line) => line.startsWith(wanted.at(-1) ?? ''));
  });
  const lines = readFileSync(log, 'utf8').split('\n');
  expect(lines.filter((line) => line.startsWith('case-'))).toEqual(wanted);
});

test('a request without the address is refused where the policy asks for it', async () => {
  await under({ clientIPDetection: { customHeader: { name: 'X-Real-IP', failClosed: true } } });
  expect((await rig.send('app')).status).toBe(403);
  expect((await rig.send('app', { headers: { 'x-real-ip': '203.0.113.7' } })).status).toBe(200);
});

test.each([
  ['UnescapeAndRedirect', 307, undefined],
  ['RejectRequest', 400, undefined],
  ['KeepUnchanged', 200, '/a%2fb//c'],
  ['UnescapeAndForward', 200, '/a/b//c'],
])('path %s', async (escapedSlashesAction, status, path) => {
  await under({ path: { escapedSlashesAction, disableMergeSlashes: true } });
  const answer = await rig.send('app', { path: '/a%2fb//c' });
  expect(answer.status).toBe(status);
  if (path !== undefined) expect(JSON.parse(answer.body)).toMatchObject({ path });
  if (status === 307) expect(answer.headers.get('location')).toEqual(['/a/b//c']);
});

test('slashes are merged', async () => {
  await under({});
  expect(await rig.echo('app', { path: '/a//b' })).toMatchObject({ path: '/a/b' });
});

test('early, late and Envoy’s own headers', async () => {
  await under({
    headers: {
      enableEnvoyHeaders: true,
      earlyRequestHeaders: {
        set: [{ name: 'x-set', value: 'policy' }],
        addIfAbsent: [{ name: 'x-absent', value: 'policy' }],
        remove: ['x-gone'],
        removeOnMatch: [{ type: 'Prefix', value: 'X-In-' }],
      },
      lateResponseHeaders: {
        set: [{ name: 'x-late', value: '100%' }],
        removeOnMatch: [{ type: 'Suffix', value: '-Type' }],
      },
    },
  });
  const headers = { 'x-set': 'own', 'x-absent': 'own', 'x-gone': 'own', 'x-in-a': 'own', 'x-other': 'own' };
  const answer = await rig.send('app', { headers });
  const seen = (JSON.parse(answer.body) as { headers: Record<string, string[]> }).headers;
  expect(seen).toMatchObject({ 'x-set': ['policy'], 'x-absent': ['own'], 'x-other': ['own'] });
  expect(Object.keys(seen)).not.toContain('x-gone');
  expect(Object.keys(seen)).not.toContain('x-in-a');
  expect(answer.headers.get('x-late')).toEqual(['100%']);
  expect(answer.headers.has('content-type')).toBe(false);
  expect(answer.headers.has('x-envoy-upstream-service-time')).toBe(true);
});

test.each([
  ['Allow', 200, ['1']],
  ['DropHeader', 200, undefined],
  ['RejectRequest', 400, undefined],
])('underscores: %s', async (withUnderscoresAction, status, value) => {
  await under({ headers: { withUnderscoresAction } });
  const answer = await rig.send('app', { headers: { a_b: '1' } });
  expect(answer.status).toBe(status);
  if (status === 200)
    expect((JSON.parse(answer.body) as { headers: Record<string, string[]> }).headers['a_b']).toEqual(value);
});

test.each([
  ['Generate', false, true],
  ['PreserveOrGenerate', true, true],
  ['Preserve', true, false],
  // Envoy makes none, and lets that of the client pass.
  ['Disable', true, false],
])('request IDs: %s', async (requestID, isKept, isMade) => {
  await under({ headers: { requestID } });
  const given = '6a1f24f1-9f3b-4c0e-9a3e-0a3f3b0f8f11';
  const kept = await rig.echo('app', { headers: { 'x-request-id': given } });
  expect(kept.headers['x-request-id']?.[0] === given).toBe(isKept);
  const made = await rig.echo('app');
  expect(made.headers['x-request-id'] !== undefined).toBe(isMade);
});

test('HTTP/1.0 is served where the policy asks for it, with the host of the listener', async () => {
  await under({});
  expect(await statusOf(rig.port, 'GET / HTTP/1.0\r\n\r\n')).toBe(426);
  await under({ http1: { http10: { useDefaultHost: true } } });
  expect(await statusOf(rig.port, 'GET / HTTP/1.0\r\n\r\n')).toBe(200);
});

test('upgrades that are ignored are served as plain requests', async () => {
  const upgrade = plainGet('app.test').replace('close', 'Upgrade, close').trimEnd();
  const asking = `${upgrade}\r\nUpgrade: TLS/1.2\r\n\r\n`;
  await under({});
  expect(await statusOf(rig.port, asking)).toBe(403);
  await under({ http1: { ignoredUpgradeTypes: [{ type: 'Prefix', value: 'TLS/' }] } });
  expect(await statusOf(rig.port, asking)).toBe(200);
});

test('a trailing dot of the host is stripped', async () => {
  expect((await rig.send('app.test.')).status).toBe(404);
  await under({ headers: { host: { stripTrailingHostDot: true } } });
  expect((await rig.send('app.test.')).status).toBe(200);
});

test('the path for health checks is answered by the proxy, for any host', async () => {
  await under({ healthCheck: { path: '/healthz' } });
  const before = rig.backends.get('app')?.count;
  expect((await rig.send('none.test', { path: '/healthz' })).status).toBe(200);
  expect((await rig.send('app', { path: '/healthz' })).status).toBe(200);
  expect(rig.backends.get('app')?.count).toBe(before);
  expect((await rig.send('none.test', { path: '/other' })).status).toBe(404);
});

test('gRPC-Web is made gRPC', async () => {
  await under({ grpc: { enableWeb: true } });
  const body = '\0\0\0\0\0';
  const answer = await rig.send('app', {
    path: '/shop.Cart/Get',
    method: 'POST',
    headers: { 'content-type': 'application/grpc-web+proto' },
    body,
  });
  expect(answer.headers.get('content-type')?.[0]).toContain('application/grpc-web');
  expect(answer.body).toContain('"backend":"calls"');
  expect(answer.body).toContain('grpc-status:0');
});

test('headers that take too long are answered with 408, and a slow body too', async () => {
  await under({
    timeout: { http: { requestHeadersReceivedTimeout: '200ms', requestReceivedTimeout: '400ms' } },
  });
  expect(await statusOf(rig.port, 'GET / HTTP/1.1\r\nHost: app.te')).toBe(408);
  const app = rig.backends.get('app');
  if (app === undefined) throw new Error('no backend');
  app.behaviour = () => ({ kind: 'hold' });
  const post = 'POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 5\r\n\r\nab';
  expect(await statusOf(rig.port, post)).toBe(408);
  app.behaviour = () => ({ kind: 'echo' });
});

test('idle connections end, and connections with enough requests', async () => {
  await under({ timeout: { http: { idleTimeout: '200ms' } } });
  const answer = await exchange(rig.port, 'GET / HTTP/1.1\r\nHost: app.test\r\n\r\n');
  expect(answer).toContain('HTTP/1.1 200');
  await under({ connection: { connectionLimit: { maxRequestsPerConnection: 1 } } });
  expect(await exchange(rig.port, 'GET / HTTP/1.1\r\nHost: app.test\r\n\r\n')).toContain('connection: close');
});

test('a stream ends after its time', async () => {
  const app = rig.backends.get('app');
  if (app === undefined) throw new Error('no backend');
  await under({ connection: { connectionLimit: { maxStreamDuration: '200ms' } } });
  app.behaviour = () => ({ kind: 'hold' });
  const answer = await rig.send('app');
  app.behaviour = () => ({ kind: 'echo' });
  expect([408, 504]).toContain(answer.status);
});

test('a wrong policy closes the port with 500, and its removal opens it', async () => {
  await under({ path: { escapedSlashesAction: 'Ignore' } });
  expect((await rig.send('app')).status).toBe(500);
  expect((await rig.send('none.test')).status).toBe(500);
  rig.apply([], [clientPolicy({})]);
  await rig.settled();
  expect((await rig.send('app')).status).toBe(200);
});

test('an equal policy, and late headers, leave connections alone', async () => {
  rig.apply([], [clientPolicy({})]);
  await rig.settled();
  const modified = () => rig.envoy.stat('listener_manager.listener_modified');
  const inPlace = () => rig.envoy.stat('listener_manager.listener_in_place_updated');
  const before = [await modified(), await inPlace()];
  await under({});
  await under({ headers: { lateResponseHeaders: { set: [{ name: 'x-late', value: 'now' }] } } });
  expect((await send(rig.port, { host: 'app.test' })).headers.get('x-late')).toEqual(['now']);
  expect([await modified(), await inPlace()]).toEqual(before);
});

test('HTTP/2 streams are bounded by the policy', async () => {
  await under({ http2: { maxConcurrentStreams: 3 } });
  const { connect } = await import('node:http2');
  const session = connect(`http://127.0.0.1:${rig.port}`);
  const settings = await new Promise<{ maxConcurrentStreams?: number }>((resolve) =>
    session.once('remoteSettings', resolve),
  );
  session.destroy();
  expect(settings.maxConcurrentStreams).toBe(3);
});

test('the scheme matches that of the backend', async () => {
  await under({ scheme: 'MatchBackend' });
  // Without TLS on either side both are http: the proxy accepts the setting, and requests go on.
  expect((await rig.send('app')).status).toBe(200);
});

test('trailers of HTTP/1 pass the proxy', async () => {
  await under({ http1: { enableTrailers: true, preserveHeaderCase: true } });
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port: rig.port, method: 'POST', headers: { host: 'app.test', trailer: 'x-end' } },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      },
    );
    outgoing.on('error', reject);
    outgoing.addTrailers({ 'x-end': '1' });
    outgoing.end('body');
  });
  expect(status).toBe(200);
});
