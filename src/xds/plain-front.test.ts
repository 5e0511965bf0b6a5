import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { listenOn, peerOf, PlainFront } from './plain-front.ts';

const opened: { close(): unknown }[] = [];

afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});

test('a connection whose taking throws ends alone, and the next one is served', async () => {
  const faults: unknown[] = [];
  const error = new Error('broken');
  let isBroken = true;
  const serve = (socket: Socket): void => {
    if (isBroken) throw error;
    socket.end('served');
  };
  const peers: string[] = [];
  const front = new PlainFront(
    serve,
    (fault) => faults.push(fault),
    (socket) => peers.push(peerOf(socket)),
  );
  opened.push(front);
  const port = await front.listen(0, '127.0.0.1');
  expect(await textFrom(port)).toBe('');
  expect(faults).toEqual([error]);
  isBroken = false;
  expect(await textFrom(port)).toBe('served');
  expect(faults).toEqual([error]);
  expect(new Set(peers).size).toBe(2);
});

test('an error of a listener is reported, and one before it listens rejects the promise', async () => {
  const faults: unknown[] = [];
  const server = createServer();
  opened.push(server);
  const port = await listenOn(server, 0, '127.0.0.1', (fault) => faults.push(fault));
  const error = new Error('EMFILE');
  server.emit('error', error);
  expect(faults).toEqual([error]);
  const second = createServer();
  await expect(listenOn(second, port, '127.0.0.1', (fault) => faults.push(fault))).rejects.toThrow(
    'EADDRINUSE',
  );
  expect(faults).toEqual([error]);
});

async function textFrom(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (part: string) => (text += part));
  await once(socket, 'close');
  return text;
}
