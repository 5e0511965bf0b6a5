import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AttackedServer, first } from '../rig/xds/attacked-server.ts';
import { GrpcStream, grpcClient } from '../rig/xds/grpc-link.ts';

let server: AttackedServer;

beforeEach(async () => {
  server = await AttackedServer.started();
});
afterEach(() => server.close());

test('the proxies of a Gateway have so many streams; those of another are served, and one more when one ends', async () => {
  await server.listen({ maxStreamsPerGateway: 3 });
  const mine = [await server.asking('bad'), await server.asking('bad'), await server.open('bad')];
  await turn();
  const more = await server.asking('bad');
  expect(more.status?.code).toBe(status.RESOURCE_EXHAUSTED);
  expect(server.ads.refused).toEqual([
    { reason: 'streams', details: 'default/bad has 3 streams, as many as it may have' },
  ]);
  expect((await server.asking('web')).received).toHaveLength(1);
  for (const stream of mine.slice(1)) stream.cancel();
  for (let tries = 0; ; tries++) {
    const next = await server.asking('bad');
    if (next.status === undefined) break;
    expect(tries).toBeLessThan(100);
  }
});

test('a connection has two streams at most', async () => {
  await server.listen();
  const client = grpcClient(server.port, await server.identityOf('web'));
  const next = (): GrpcStream => {
    const stream = server.closing(new GrpcStream(client));
    stream.send(first('web'));
    return stream;
  };
  const [one, two, three] = [next(), next(), next()];
  await server.pipeline.until(() => one.received.length + two.received.length === 2);
  await server.pipeline.quiet();
  expect(three.received).toHaveLength(0);
  one.cancel();
  const four = next();
  await server.pipeline.until(() => three.received.length + four.received.length > 0);
  expect(two.status).toBeUndefined();
});

test('connections that say nothing are bounded, and keep no proxy out', async () => {
  await server.listen();
  const sockets: Socket[] = [];
  try {
    for (let i = 0; i < 1200; i++) {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => {});
      sockets.push(socket);
      await once(socket, 'connect');
    }
    await server.pipeline.until(() => server.reasons().length >= 1200 - 1024);
    expect(new Set(server.reasons())).toEqual(new Set(['connections']));
    await server.pipeline.until(
      () => sockets.filter(({ destroyed, readableEnded }) => destroyed || readableEnded).length >= 176,
    );
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  expect((await server.asking('web')).received).toHaveLength(1);
});
