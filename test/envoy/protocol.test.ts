import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backend } from '../rig/objects/manifests.ts';
import { EnvoyRig, toService } from '../rig/envoy/envoy-rig.ts';

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start();
  await rig.backend('plain');
  await rig.backend('h2c', { protocol: 'h2c', port: { appProtocol: 'kubernetes.io/h2c' } });
  await rig.backend('ws', { port: { appProtocol: 'kubernetes.io/ws' } });
  await rig.backend('wss', { port: { appProtocol: 'kubernetes.io/wss' } });
  await rig.backend('odd', { port: { appProtocol: 'mysql' } });
});

afterAll(() => rig.close());

test('a backend is spoken to in HTTP/1.1, unless its port says h2c', async () => {
  await rig.serve('versions', [
    toService('plain', '/plain'),
    toService('h2c', '/h2c'),
    toService('odd', '/odd'),
  ]);
  const versions = [];
  for (const path of ['/plain', '/h2c', '/odd'])
    versions.push((await rig.echo('versions', { path })).httpVersion);
  expect(versions).toEqual(['1.1', '2.0', '1.1']);
});

test('both protocols share a rule by weight', async () => {
  await rig.serve('both', [{ backendRefs: [backend('plain'), backend('h2c')] }]);
  const answers = await rig.answers(
    'both',
    Array.from({ length: 60 }, () => '/'),
  );
  expect(new Set(answers)).toEqual(new Set(['h2c', 'plain']));
});

test('a client may speak HTTP/2 without TLS', async () => {
  await rig.serve('prior', [toService('plain')]);
  const session = connectHttp2(`http://127.0.0.1:${rig.port}`);
  const stream = session.request({ ':path': '/two', ':authority': 'prior.test' });
  stream.setEncoding('utf8');
  let body = '';
  stream.on('data', (text: string) => (body += text));
  await once(stream, 'end');
  session.destroy();
  expect(JSON.parse(body)).toMatchObject({ backend: 'plain', path: '/two', host: 'prior.test' });
});

test('a WebSocket goes both ways', async () => {
  await rig.serve('socket', [toService('ws')]);
  const socket = await openWebSocket('socket.test', '/chat');
  socket.write('one');
  expect(await read(socket, 3)).toBe('one');
  socket.write('two, three');
  expect(await read(socket, 10)).toBe('two, three');
  socket.destroy();
});

test('a WebSocket lives through changes of other routes', async () => {
  await rig.serve('long', [toService('ws')]);
  const socket = await openWebSocket('long.test', '/');
  await rig.serve('socket', [toService('plain')]);
  await rig.serve('brand-new', [toService('h2c')]);
  socket.write('still here');
  expect(await read(socket, 10)).toBe('still here');
  socket.destroy();
});

test('a backend that wants TLS is refused and never spoken to in plain text', async () => {
  await rig.serve('secure', [toService('wss')]);
  expect(await rig.answers('secure', ['/'])).toEqual([500]);
  expect(rig.backends.get('wss')?.count).toBe(0);
});

async function openWebSocket(host: string, path: string): Promise<Socket> {
  const socket = connect(rig.port, '127.0.0.1');
  const lines = [`GET ${path} HTTP/1.1`, `host: ${host}`, 'connection: Upgrade', 'upgrade: websocket'];
  lines.push('sec-websocket-version: 13', 'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==');
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  let head = '';
  while (!head.endsWith('\r\n\r\n')) head += await read(socket, 1);
  expect(head.split('\r\n')[0]).toBe('HTTP/1.1 101 Switching Protocols');
  return socket;
}

async function read(socket: Socket, length: number): Promise<string> {
  for (;;) {
    const chunk = socket.read(length) as Buffer | null;
    if (chunk !== null) return chunk.toString();
    await Promise.race([once(socket, 'readable'), once(socket, 'close').then(fail)]);
  }
}

function fail(): never {
  throw new Error('the connection ended');
}
