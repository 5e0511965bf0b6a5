import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { renew, type Certificates } from '../../src/certs/certificates.ts';
import { issueClient } from '../../src/certs/client-certificate.ts';
import type { TlsMaterial } from '../../src/lib/tls-identity.ts';
import type { ServerOptions } from '../../src/xds/server.ts';
import { AdsServerFixture } from '../rig/xds/ads-server.ts';
import { GivenIdentity } from '../rig/xds/given-identity.ts';
import { encodeRequest, GrpcStream, grpcClient } from '../rig/xds/grpc-link.ts';
import { ManualClock } from '../rig/pipeline/manual-clock.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { grpcMessage } from '../rig/xds/http2-call.ts';
import { RawProxy } from '../rig/xds/raw-proxy.ts';
import { urlOf } from '../rig/xds/xds-types.ts';

/** A proxy of Gateway `bad` attacks those of `web`: with one key it can open any number of streams. */
const manifests = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  m.gateway([m.httpListener()], { name: 'bad' }),
  m.httpRoute([{ backendRefs: [m.backend()] }], { parentRefs: [{ name: 'web' }, { name: 'bad' }] }),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
];

let pipeline: Pipeline;
let certificates: Certificates;
let clock: ManualClock;
let server: AdsServerFixture;
let port: number;
let streams: GrpcStream[];
let proxies: RawProxy[];

beforeEach(async () => {
  streams = [];
  proxies = [];
  pipeline = await Pipeline.started(manifests);
  ({ certificates } = await renew(undefined, Date.now(), ['sluice']));
  clock = new ManualClock();
  clock.startMs = Date.now();
});

afterEach(async () => {
  for (const each of [...streams, ...proxies]) each.close();
  await pipeline.close();
  server.close();
});

async function listen(options: Partial<ServerOptions> = {}, ready?: Promise<void>): Promise<void> {
  const identity = new GivenIdentity();
  identity.set(certificates);
  server = new AdsServerFixture(pipeline.controller.fleet, clock, identity, options, ready);
  port = await server.listen();
}

function identityOf(gateway: 'bad' | 'web'): Promise<TlsMaterial> {
  return issueClient(certificates, { namespace: 'default', gateway, uid: '' }, Date.now());
}

async function open(gateway: 'bad' | 'web'): Promise<GrpcStream> {
  const client = grpcClient(port, await identityOf(gateway));
  const stream = new GrpcStream(client);
  streams.push(stream);
  await new Promise<void>((resolve, reject) => {
    client.waitForReady(Date.now() + 10_000, (error) => (error ? reject(error) : resolve()));
  });
  return stream;
}

async function raw(gateway: 'bad' | 'web', reads = true): Promise<RawProxy> {
  const proxy = new RawProxy(port, await identityOf(gateway), reads);
  proxies.push(proxy);
  await proxy.connected;
  return proxy;
}

/** Steps are ten seconds, since bytes on their way arrive at any time. */
async function advanceUntil(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 100 && !condition(); i++) {
    await clock.advanceBy(10_000);
    for (let turns = 0; turns < 20; turns++) await turn();
  }
  await pipeline.until(condition);
}

function first(gateway: 'bad' | 'web') {
  return { typeUrl: urlOf('CDS'), node: { id: 'proxy', cluster: `default/${gateway}` } };
}

async function asking(gateway: 'bad' | 'web'): Promise<GrpcStream> {
  const stream = await open(gateway);
  stream.send(first(gateway));
  await answered(stream);
  if (stream.status === undefined) stream.send({ typeUrl: urlOf('CDS'), nonce: '1' });
  return stream;
}

function answered(stream: GrpcStream): Promise<void> {
  return pipeline.until(() => stream.received.length > 0 || stream.status !== undefined);
}

function reasons(): string[] {
  return server.refused.map(({ reason }) => reason);
}

test('streams that say nothing take no place from proxies that begin, and end after a while', async () => {
  await listen({ maxStartingStreams: 2 });
  const silent = await Promise.all(Array.from({ length: 20 }, () => open('bad')));
  for (let i = 0; i < 3; i++) expect((await asking('web')).received).toHaveLength(1);
  expect(server.delayed).toBe(0);
  await clock.advanceBy(9_999);
  expect(reasons()).toEqual([]);
  await clock.advanceBy(1);
  await pipeline.until(() => silent.every((stream) => stream.status !== undefined));
  expect(new Set(silent.map((stream) => stream.status?.code))).toEqual(new Set([status.DEADLINE_EXCEEDED]));
  expect(reasons()).toEqual(silent.map(() => 'silent'));
  expect(server.refused[0]?.details).toContain('default/bad');
});

test('streams that begin and ACK nothing take no place from the proxies of another Gateway', async () => {
  await listen({ maxStartingStreams: 3 });
  const slow = await Promise.all(Array.from({ length: 10 }, () => open('bad')));
  for (const stream of slow) stream.send(first('bad'));
  await pipeline.until(() => server.delayed === 8);
  expect((await asking('web')).received).toHaveLength(1);
  expect(slow.filter((stream) => stream.received.length > 0)).toHaveLength(2);
  for (let s = 1; s <= 4; s++) {
    await clock.advanceBy(1000);
    await pipeline.until(() => slow.filter((stream) => stream.received.length > 0).length >= 2 + 2 * s);
  }
});

test('a stream that begins its first message and does not get on with it ends', async () => {
  await listen();
  const stream = await raw('bad');
  await stream.write(grpcMessage(encodeRequest(first('bad'))).subarray(0, 20));
  await advanceUntil(() => stream.ended);
  expect(reasons()).toEqual(['silent']);
});

test('the proxies of a Gateway have so many streams; those of another are served, and one more when one ends', async () => {
  await listen({ maxStreamsPerGateway: 3 });
  const mine = [await asking('bad'), await asking('bad'), await open('bad')];
  await turn();
  const more = await asking('bad');
  expect(more.status?.code).toBe(status.RESOURCE_EXHAUSTED);
  expect(server.refused).toEqual([
    { reason: 'streams', details: 'default/bad has 3 streams, as many as it may have' },
  ]);
  expect((await asking('web')).received).toHaveLength(1);
  for (const stream of mine.slice(1)) stream.cancel();
  for (let tries = 0; ; tries++) {
    const next = await asking('bad');
    if (next.status === undefined) break;
    expect(tries).toBeLessThan(100);
  }
});

test('a stream that is refused is closed, though its client does not end it and sends on', async () => {
  await listen({ maxUnknownNames: 1000 });
  const known = await raw('bad');
  void known.write(grpcMessage(encodeRequest(first('bad'))));
  await known.answered;
  void known.write(grpcMessage(encodeRequest({ typeUrl: urlOf('EDS'), subscribe: unknown(100_000) })));
  const fresh = await raw('bad');
  void fresh.write(grpcMessage(encodeRequest({ ...first('bad'), subscribe: unknown(100_000) })));
  await pipeline.until(() => known.closed && fresh.closed);
  expect(reasons()).toEqual(['names', 'names']);
  expect(known.status).toBe(status.RESOURCE_EXHAUSTED);
});

test('a connection has two streams at most', async () => {
  await listen();
  const client = grpcClient(port, await identityOf('web'));
  const next = (): GrpcStream => {
    const stream = new GrpcStream(client);
    streams.push(stream);
    stream.send(first('web'));
    return stream;
  };
  const [one, two, three] = [next(), next(), next()];
  await pipeline.until(() => one.received.length + two.received.length === 2);
  await pipeline.quiet();
  expect(three.received).toHaveLength(0);
  one.cancel();
  const four = next();
  await pipeline.until(() => three.received.length + four.received.length > 0);
  expect(two.status).toBeUndefined();
});

function unknown(count: number, of = 'x'): string[] {
  return Array.from({ length: count }, (_, i) => `${of}/${i}`);
}

test('unknown names are taken up to a bound, by stream and by Gateway; known ones are served beside them', async () => {
  await listen({ maxUnknownNames: 1000 });
  const known = await asking('bad');
  known.send({ typeUrl: urlOf('EDS'), subscribe: [...unknown(999), 'default/app/80'] });
  known.send({ typeUrl: urlOf('RDS'), subscribe: ['default/bad/80'] });
  await pipeline.until(() => known.received.length >= 2);
  const greedy = await asking('bad');
  greedy.send({ typeUrl: urlOf('RDS'), subscribe: unknown(1500) });
  await pipeline.until(() => greedy.status !== undefined);
  expect(greedy.status?.code).toBe(status.RESOURCE_EXHAUSTED);
  expect(greedy.status?.details).toMatch(
    /^a stream of default\/bad asks for \d+ names that are not of its Gateway, more than 1000$/,
  );
  const more = await Promise.all(Array.from({ length: 5 }, () => asking('bad')));
  for (const stream of more) stream.send({ typeUrl: urlOf('SDS'), subscribe: unknown(990) });
  await pipeline.until(() => more.some((stream) => stream.status !== undefined));
  expect(more.filter((stream) => stream.status !== undefined)).toHaveLength(1);
  expect(reasons()).toEqual(['names', 'names']);
  expect(server.refused[1]?.details).toMatch(/^streams of default\/bad ask for \d+ names.*, more than 5000$/);
  const other = await asking('web');
  other.send({ typeUrl: urlOf('EDS'), subscribe: unknown(900) });
  other.send({ typeUrl: urlOf('EDS'), subscribe: ['default/app/80'] });
  await pipeline.until(() => other.received.length === 2);
});

test('a message with more names than a proxy can have is not even decoded', async () => {
  await listen({ maxUnknownNames: 1000 });
  for (const request of [
    { subscribe: unknown(400_000) },
    { unsubscribe: unknown(400_000) },
    { initialVersions: new Map(unknown(400_000).map((name) => [name, 'v'])) },
    { subscribe: ['x'.repeat(2000)] },
  ]) {
    const stream = await open('bad');
    stream.send({ ...first('bad'), ...request });
    await pipeline.until(() => stream.status !== undefined);
    expect(stream.status?.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(stream.status?.details).toMatch(/^more than \d+ names|^a name of 2000 bytes/);
  }
  expect(reasons()).toEqual(['names', 'names', 'names', 'names']);
  expect([...pipeline.controller.fleet.connected()]).toEqual([]);
});

test('of a Gateway with too many bytes of requests under way, the stream ends that has most', async () => {
  await listen({ maxRequestBytes: 64 * 1024 });
  const good = await asking('web');
  const whole = grpcMessage(encodeRequest({ ...first('bad'), subscribe: unknown(7500) }));
  for (let i = 0; i < 8; i++) void (await raw('bad')).write(whole.subarray(0, 50 * 1024));
  await pipeline.until(() => reasons().includes('bytes'));
  expect(new Set(reasons())).toEqual(new Set(['bytes']));
  expect(server.refused[0]?.details).toMatch(/^streams of default\/bad have \d+ bytes of requests under way/);
  good.send({ typeUrl: urlOf('EDS'), subscribe: ['default/app/80'] });
  await pipeline.until(() => good.received.length === 2);
});

/** About 300 KiB of endpoints, more than a client's first window. */
const many = Array.from({ length: 8 }, (_, slice) =>
  m.endpointSlice(
    Array.from({ length: 1000 }, (__, i) => `10.${slice + 1}.${i >> 8}.${i & 255}`),
    { name: `many-${slice}` },
  ),
);

const endpoints = { typeUrl: urlOf('EDS'), subscribe: ['default/app/80'] };

/** Nonces count up, so a client can ACK a response that it has not read. */
function again(times: number): Buffer {
  const node = { id: 'proxy', cluster: 'default/bad' };
  const nonces = Array.from({ length: times }, (_, i) => `${i + 1}`);
  return Buffer.concat([
    grpcMessage(encodeRequest({ ...endpoints, node })),
    ...nonces.map((nonce) => grpcMessage(encodeRequest({ ...endpoints, nonce }))),
  ]);
}

test('a client that asks again and again, ACKs and takes nothing is answered until it has a bounded amount to take', async () => {
  pipeline.apply(...many);
  await pipeline.settle();
  await listen();
  const mute = await raw('bad', false);
  void mute.write(again(100));
  await pipeline.until(() => (server.writtenBytes.get('default/bad') ?? 0) > 2 ** 20);
  const good = await asking('web');
  good.send(endpoints);
  await pipeline.until(() => good.received.length === 2);
  for (let turns = 0; turns < 200; turns++) await turn();
  expect(server.writtenBytes.get('default/bad')).toBeLessThan(2 * 2 ** 20);
});

test('what the proxies of one Gateway do not take holds up no other', async () => {
  pipeline.apply(...many);
  await pipeline.settle();
  await listen();
  for (let i = 0; i < 12; i++) void (await raw('bad', false)).write(again(100));
  // They are held up themselves: no time passes here that would end that.
  await pipeline.until(() => (server.writtenBytes.get('default/bad') ?? 0) > 8 * 2 ** 20);
  const good = await asking('web');
  expect(good.received).toHaveLength(1);
  good.send(endpoints);
  await pipeline.until(() => good.received.length === 2);
  pipeline.apply(m.service('other'), m.httpRoute([{ backendRefs: [m.backend('other')] }], { name: 'new' }));
  await pipeline.until(() => good.received.length > 2);
});

test('until Sluice can serve, what proxies say is left with them', async () => {
  const ready = Promise.withResolvers<void>();
  await listen({}, ready.promise);
  const stream = await open('web');
  stream.send(first('web'));
  await pipeline.until(() => server.delayed === 1);
  await clock.advanceBy(60_000);
  await pipeline.quiet();
  expect([...pipeline.controller.fleet.connected()]).toEqual([]);
  expect(stream.status).toBeUndefined();
  ready.resolve();
  await answered(stream);
  expect(stream.received).toHaveLength(1);
});

test('a stream that ends while it waits is forgotten', async () => {
  await listen({ maxStartingStreams: 1, maxStreamsPerGateway: 2 });
  const holder = await open('bad');
  holder.send(first('bad'));
  await answered(holder);
  const waiting = await open('bad');
  waiting.send({ ...first('bad'), subscribe: unknown(20_000) });
  await pipeline.until(() => server.delayed === 1);
  waiting.cancel();
  for (let tries = 0; ; tries++) {
    const next = await open('bad');
    next.send(first('bad'));
    await pipeline.until(() => server.delayed >= 2 || next.status !== undefined);
    if (next.status === undefined) break;
    expect(tries).toBeLessThan(100);
  }
  expect(holder.status).toBeUndefined();
});

test('connections that say nothing are bounded, and keep no proxy out', async () => {
  await listen();
  const sockets: Socket[] = [];
  try {
    for (let i = 0; i < 1200; i++) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      sockets.push(socket);
      await once(socket, 'connect');
    }
    await pipeline.until(() => reasons().length >= 1200 - 1024);
    expect(new Set(reasons())).toEqual(new Set(['connections']));
    await pipeline.until(
      () => sockets.filter(({ destroyed, readableEnded }) => destroyed || readableEnded).length >= 176,
    );
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  expect((await asking('web')).received).toHaveLength(1);
});
