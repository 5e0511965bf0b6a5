import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientPolicy, toListener } from '../rig/pipeline/client-policy.ts';
import * as m from '../rig/objects/manifests.ts';
import { converge } from '../rig/envoy/converge.ts';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import { EnvoyRig, toService } from '../rig/envoy/envoy-rig.ts';
import { ByteConnection } from '../rig/envoy/byte-client.ts';
import { streamServer, type ByteServer } from '../rig/envoy/byte-server.ts';
import { sendTls } from '../rig/envoy/http-client.ts';
import { exchange, plainGet, statusOf } from '../rig/envoy/raw-client.ts';

let rig: EnvoyRig;
let bytes: ByteServer;

const http = () => rig.port;
const https = () => rig.ports[1] ?? 0;
const tcp = () => rig.ports[2] ?? 0;

beforeAll(async () => {
  rig = await EnvoyRig.start({
    ports: 3,
    listeners: ([first, second, third]) => [
      { name: 'http', port: first, protocol: 'HTTP' },
      secure('a', second ?? 0),
      secure('b', second ?? 0),
      { name: 'tcp', port: third, protocol: 'TCP' },
    ],
  });
  await rig.backend('app');
  bytes = await streamServer('bytes');
  rig.apply([
    tlsSecret('cert', selfSigned(['a.test', 'b.test'])),
    m.service('bytes'),
    m.endpointSlice(['127.0.0.1'], { name: 'bytes-1', service: 'bytes', port: bytes.port }),
    m.tcpRoute([m.backend('bytes')], { name: 'bytes', parentRefs: [{ name: 'web', sectionName: 'tcp' }] }),
    m.httpRoute([toService('app')], { name: 'app' }),
  ]);
  await rig.settled();
});

afterAll(async () => {
  await rig.close();
  bytes.close();
});

function secure(name: string, port: number): object {
  const tls = { certificateRefs: [{ name: 'cert' }] };
  return { name, port, protocol: 'HTTPS', hostname: `${name}.test`, tls };
}

async function under(spec: object): Promise<void> {
  rig.apply([clientPolicy(spec)]);
  await rig.settled();
}

const header = 'PROXY TCP4 203.0.113.5 127.0.0.1 5000 80\r\n';

test('the proxy protocol is asked for, or taken where it is given', async () => {
  await under({ proxyProtocol: {} });
  expect(await statusOf(http(), plainGet('app.test'))).toBe(0);
  expect(await exchange(http(), header + plainGet('app.test'))).toContain('203.0.113.5');
  await under({ proxyProtocol: { optional: true } });
  expect(await statusOf(http(), plainGet('app.test'))).toBe(200);
  expect(await exchange(http(), header + plainGet('app.test'))).toContain('203.0.113.5');
});

test('connections beyond the limit are closed, in each filter chain', async () => {
  await under({ connection: { connectionLimit: { value: 1 } } });
  const first = await opened(http());
  expect(await statusOf(http(), plainGet('app.test'))).toBe(0);
  expect((await sendTls(https(), { serverName: 'a.test' })).status).toBe(200);
  first.destroy();
  await converge(async () => (await statusOf(http(), plainGet('app.test'))) === 200);
});

async function opened(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write('GET / HTTP/1.1\r\nHost: app.test\r\n\r\n');
  await once(socket, 'data');
  return socket;
}

test('idle connections of bytes end', async () => {
  await under({ timeout: { tcp: { idleTimeout: '200ms' } } });
  expect(await exchange(tcp(), 'x')).toContain('bytes');
});

test('a client that says nothing is let go of by the time to inspect, or of the handshake', async () => {
  await under({ timeout: { tcp: { connectionInspectionTimeout: '200ms', tlsHandshakeTimeout: '200ms' } } });
  expect(await exchange(https(), '')).toBe('');
});

test('keepalive, buffers and accepts are taken by Envoy', async () => {
  await under({
    tcpKeepalive: { probes: 3, idleTime: '20m', interval: '60s' },
    connection: { bufferLimit: '64Ki', socketBufferLimit: '32Ki', maxAcceptPerSocketEvent: 4 },
    tls: { fingerprints: ['JA3', 'JA4'] },
  });
  expect(await statusOf(http(), plainGet('app.test'))).toBe(200);
  expect((await sendTls(https(), { serverName: 'a.test' })).status).toBe(200);
});

async function ask(socket: Socket, host: string): Promise<string> {
  socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  return answer.toString();
}

test('a change for one hostname leaves connections of others, and of other ports, alone', async () => {
  rig.apply([], [clientPolicy({})]);
  await rig.settled();
  const other = await ByteConnection.open(tcp());
  const plain = await opened(http());
  const { connect: connectTls } = await import('node:tls');
  const open = (servername: string) =>
    new Promise<Socket>((resolve) => {
      const socket = connectTls(
        { host: '127.0.0.1', port: https(), servername, rejectUnauthorized: false },
        () => resolve(socket),
      );
      socket.on('error', () => {});
    });
  const [a, b] = [await open('a.test'), await open('b.test')];
  expect(await ask(b, 'b.test')).toContain('200 OK');
  expect(await ask(a, 'a.test')).toContain('200 OK');
  await under({ targetRefs: [toListener('a')], path: { escapedSlashesAction: 'RejectRequest' } });
  expect((await sendTls(https(), { serverName: 'a.test', path: '/a%2fb' })).status).toBe(400);
  expect((await sendTls(https(), { serverName: 'b.test', path: '/a%2fb' })).status).toBe(307);
  const still = await ask(b, 'b.test');
  expect(still).toContain('200 OK');
  expect(still).not.toContain('connection: close');
  const stillPlain = await ask(plain, 'app.test');
  expect(stillPlain).not.toContain('connection: close');
  expect(await other.ask()).toBe('bytes');
  expect(await rig.envoy.stat('listener_manager.total_filter_chains_draining')).toBe(1);
  for (const socket of [a, b, plain]) socket.destroy();
  other.close();
});

test('a listener of bytes with a wrong policy takes no connection', async () => {
  await under({ targetRefs: [toListener('tcp')], scheme: 'None' });
  await converge(async () => {
    try {
      (await ByteConnection.open(tcp())).close();
      return false;
    } catch {
      return true;
    }
  });
  expect(await statusOf(http(), plainGet('app.test'))).toBe(200);
  rig.apply([], [clientPolicy({})]);
  await rig.settled();
  await converge(async () => {
    try {
      const connection = await ByteConnection.open(tcp());
      const answer = await connection.ask();
      connection.close();
      return answer === 'bytes';
    } catch {
      return false;
    }
  });
});
