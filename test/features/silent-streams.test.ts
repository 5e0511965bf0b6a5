import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AttackedServer, first, unknownNames } from '../rig/xds/attacked-server.ts';
import { encodeRequest } from '../rig/xds/grpc-link.ts';
import { grpcMessage } from '../rig/xds/http2-call.ts';

let server: AttackedServer;

beforeEach(async () => {
  server = await AttackedServer.started();
});
afterEach(() => server.close());

test('streams that say nothing take no place from proxies that begin, and end after a while', async () => {
  await server.listen({ maxStartingStreams: 2 });
  const silent = await Promise.all(Array.from({ length: 20 }, () => server.open('bad')));
  for (let i = 0; i < 3; i++) expect((await server.asking('web')).received).toHaveLength(1);
  expect(server.ads.delayed).toBe(0);
  await server.clock.advanceBy(9_999);
  expect(server.reasons()).toEqual([]);
  await server.clock.advanceBy(1);
  await server.pipeline.until(() => silent.every((stream) => stream.status !== undefined));
  expect(new Set(silent.map((stream) => stream.status?.code))).toEqual(new Set([status.DEADLINE_EXCEEDED]));
  expect(server.reasons()).toEqual(silent.map(() => 'silent'));
  expect(server.ads.refused[0]?.details).toContain('default/bad');
});

test('streams that begin and ACK nothing take no place from the proxies of another Gateway', async () => {
  await server.listen({ maxStartingStreams: 3 });
  const slow = await Promise.all(Array.from({ length: 10 }, () => server.open('bad')));
  for (const stream of slow) stream.send(first('bad'));
  await server.pipeline.until(() => server.ads.delayed === 8);
  expect((await server.asking('web')).received).toHaveLength(1);
  expect(slow.filter((stream) => stream.received.length > 0)).toHaveLength(2);
  for (let s = 1; s <= 4; s++) {
    await server.clock.advanceBy(1000);
    await server.pipeline.until(
      () => slow.filter((stream) => stream.received.length > 0).length >= 2 + 2 * s,
    );
  }
});

test('a stream that begins its first message and does not get on with it ends', async () => {
  await server.listen();
  const stream = await server.raw('bad');
  await stream.write(grpcMessage(encodeRequest(first('bad'))).subarray(0, 20));
  await server.advanceUntil(() => stream.ended);
  expect(server.reasons()).toEqual(['silent']);
});

test('until Sluice can serve, what proxies say is left with them', async () => {
  const ready = Promise.withResolvers<void>();
  await server.listen({}, ready.promise);
  const stream = await server.open('web');
  stream.send(first('web'));
  await server.pipeline.until(() => server.ads.delayed === 1);
  await server.clock.advanceBy(60_000);
  await server.pipeline.quiet();
  expect([...server.pipeline.controller.fleet.connected()]).toEqual([]);
  expect(stream.status).toBeUndefined();
  ready.resolve();
  await server.answered(stream);
  expect(stream.received).toHaveLength(1);
});

test('a stream that ends while it waits is forgotten', async () => {
  await server.listen({ maxStartingStreams: 1, maxStreamsPerGateway: 2 });
  const holder = await server.open('bad');
  holder.send(first('bad'));
  await server.answered(holder);
  const waiting = await server.open('bad');
  waiting.send({ ...first('bad'), subscribe: unknownNames(20_000) });
  await server.pipeline.until(() => server.ads.delayed === 1);
  waiting.cancel();
  for (let tries = 0; ; tries++) {
    const next = await server.open('bad');
    next.send(first('bad'));
    await server.pipeline.until(() => server.ads.delayed >= 2 || next.status !== undefined);
    if (next.status === undefined) break;
    expect(tries).toBeLessThan(100);
  }
  expect(holder.status).toBeUndefined();
});
