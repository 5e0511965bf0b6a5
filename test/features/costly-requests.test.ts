import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AttackedServer, first, unknownNames } from '../rig/xds/attacked-server.ts';
import { encodeRequest } from '../rig/xds/grpc-link.ts';
import { grpcMessage } from '../rig/xds/http2-call.ts';
import { urlOf } from '../rig/xds/xds-types.ts';

let server: AttackedServer;

beforeEach(async () => {
  server = await AttackedServer.started();
});
afterEach(() => server.close());

test('a stream that is refused is closed, though its client does not end it and sends on', async () => {
  await server.listen({ maxUnknownNames: 1000 });
  const known = await server.raw('bad');
  void known.write(grpcMessage(encodeRequest(first('bad'))));
  await known.answered;
  void known.write(grpcMessage(encodeRequest({ typeUrl: urlOf('EDS'), subscribe: unknownNames(100_000) })));
  const fresh = await server.raw('bad');
  void fresh.write(grpcMessage(encodeRequest({ ...first('bad'), subscribe: unknownNames(100_000) })));
  await server.pipeline.until(() => known.closed && fresh.closed);
  expect(server.reasons()).toEqual(['names', 'names']);
  expect(known.status).toBe(status.RESOURCE_EXHAUSTED);
});

test('unknown names are taken up to a bound, by stream and by Gateway; known ones are served beside them', async () => {
  await server.listen({ maxUnknownNames: 1000 });
  const known = await server.asking('bad');
  known.send({ typeUrl: urlOf('EDS'), subscribe: [...unknownNames(999), 'default/app/80'] });
  known.send({ typeUrl: urlOf('RDS'), subscribe: ['default/bad/80'] });
  await server.pipeline.until(() => known.received.length >= 2);
  const greedy = await server.asking('bad');
  greedy.send({ typeUrl: urlOf('RDS'), subscribe: unknownNames(1500) });
  await server.pipeline.until(() => greedy.status !== undefined);
  expect(greedy.status?.code).toBe(status.RESOURCE_EXHAUSTED);
  expect(greedy.status?.details).toMatch(
    /^a stream of default\/bad asks for \d+ names that are not of its Gateway, more than 1000$/,
  );
  const more = await Promise.all(Array.from({ length: 5 }, () => server.asking('bad')));
  for (const stream of more) stream.send({ typeUrl: urlOf('SDS'), subscribe: unknownNames(990) });
  await server.pipeline.until(() => more.some((stream) => stream.status !== undefined));
  expect(more.filter((stream) => stream.status !== undefined)).toHaveLength(1);
  expect(server.reasons()).toEqual(['names', 'names']);
  expect(server.ads.refused[1]?.details).toMatch(
    /^streams of default\/bad ask for \d+ names.*, more than 5000$/,
  );
  const other = await server.asking('web');
  other.send({ typeUrl: urlOf('EDS'), subscribe: unknownNames(900) });
  other.send({ typeUrl: urlOf('EDS'), subscribe: ['default/app/80'] });
  await server.pipeline.until(() => other.received.length === 2);
});

test('a message with more names than a proxy can have is not even decoded', async () => {
  await server.listen({ maxUnknownNames: 1000 });
  for (const request of [
    { subscribe: unknownNames(400_000) },
    { unsubscribe: unknownNames(400_000) },
    { initialVersions: new Map(unknownNames(400_000).map((name) => [name, 'v'])) },
    { subscribe: ['x'.repeat(2000)] },
  ]) {
    const stream = await server.open('bad');
    stream.send({ ...first('bad'), ...request });
    await server.pipeline.until(() => stream.status !== undefined);
    expect(stream.status?.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(stream.status?.details).toMatch(/^more than \d+ names|^a name of 2000 bytes/);
  }
  expect(server.reasons()).toEqual(['names', 'names', 'names', 'names']);
  expect([...server.pipeline.controller.fleet.connected()]).toEqual([]);
});

test('of a Gateway with too many bytes of requests under way, the stream ends that has most', async () => {
  await server.listen({ maxRequestBytes: 64 * 1024 });
  const good = await server.asking('web');
  const whole = grpcMessage(encodeRequest({ ...first('bad'), subscribe: unknownNames(7500) }));
  for (let i = 0; i < 8; i++) void (await server.raw('bad')).write(whole.subarray(0, 50 * 1024));
  await server.pipeline.until(() => server.reasons().includes('bytes'));
  expect(new Set(server.reasons())).toEqual(new Set(['bytes']));
  expect(server.ads.refused[0]?.details).toMatch(
    /^streams of default\/bad have \d+ bytes of requests under way/,
  );
  good.send({ typeUrl: urlOf('EDS'), subscribe: ['default/app/80'] });
  await server.pipeline.until(() => good.received.length === 2);
});
