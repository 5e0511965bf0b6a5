import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { AdsServerFixture } from '../rig/xds/ads-server.ts';
import type { Dial } from '../rig/xds/client-options.ts';
import { GrpcStream } from '../rig/xds/grpc-link.ts';
import { ManualClock } from '../rig/pipeline/manual-clock.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { urlOf } from '../rig/xds/xds-types.ts';

const manifests = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  m.httpRoute([{ backendRefs: [m.backend()] }]),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
];
const endpoints = 'default/app/80';

let pipeline: Pipeline;
let server: AdsServerFixture | undefined;

afterEach(async () => {
  await pipeline.close();
  server?.close();
});

/** Each message takes a millisecond to write. */
async function fleetOf(size: number) {
  let late = 0;
  const manual = new ManualClock();
  const now = manual.now.bind(manual);
  pipeline = await Pipeline.started(manifests, { clock: Object.assign(manual, { now: () => now() + late }) });
  const dial: Dial = (node, receive) =>
    pipeline.dial(node, (message) => {
      late++;
      receive(message);
    });
  const clients = Array.from({ length: size }, (_, i) => pipeline.connect({ id: `proxy-${i}` }, dial));
  await pipeline.settle();
  for (const client of clients) client.take();
  const reached = (): number => clients.filter((client) => client.log.length > 0).length;
  return { clients, reached };
}

test('a change goes to a large fleet in turns, in order, and who is last gets what is newest by then', async () => {
  const { clients, reached } = await fleetOf(60);
  pipeline.apply(m.endpointSlice(['10.0.0.2']));
  while (reached() === 0) await turn();
  expect(reached()).toBeLessThan(20);
  expect(clients.slice(0, reached()).every((client) => client.log.length === 1)).toBe(true);
  pipeline.apply(m.endpointSlice(['10.0.0.3']));
  await pipeline.settle();
  expect(reached()).toBe(60);
  expect(clients.at(-1)?.log).toEqual([`EDS ${endpoints}`]);
  for (const client of clients) {
    const bytes = Buffer.from(client.held('EDS').get(endpoints)?.bytes ?? []);
    expect(bytes.includes('10.0.0.3')).toBe(true);
  }
});

test('new endpoints do not wait until a large fleet has new routes', async () => {
  const { clients } = await fleetOf(200);
  const has = (service: string): number =>
    clients.filter((client) => client.log.some((line) => line.startsWith(service))).length;
  pipeline.apply(m.httpRoute([{ matches: [m.prefix('/new')], backendRefs: [m.backend()] }]));
  while (has('VHDS') === 0) await turn();
  pipeline.apply(m.endpointSlice(['10.0.0.2']));
  while (has('EDS') < 200) await turn();
  expect(has('VHDS')).toBeGreaterThan(0);
  expect(has('VHDS')).toBeLessThan(200);
  await pipeline.settle();
  expect(has('VHDS')).toBe(200);
});

test('so many new streams are brought up to date at a time; the next begins when one of them is', async () => {
  pipeline = await Pipeline.started(manifests);
  const { fleet } = pipeline.controller;
  server = new AdsServerFixture(fleet, new ManualClock(), 'off', { maxStartingStreams: 1 });
  const port = await server.listen();
  const streams = [new GrpcStream(port), new GrpcStream(port)];
  const [first, second] = streams;
  first?.send({ typeUrl: urlOf('EDS'), node: { id: 'a', cluster: 'default/web' }, subscribe: [endpoints] });
  await pipeline.until(() => first?.received.length === 1);
  second?.send({ typeUrl: urlOf('EDS'), node: { id: 'b', cluster: 'default/web' }, subscribe: [endpoints] });
  await pipeline.until(() => server?.delayed === 1);
  await pipeline.quiet();
  expect(second?.received).toHaveLength(0);
  first?.send({ typeUrl: urlOf('EDS'), nonce: '1' });
  await pipeline.until(() => second?.received.length === 1);
  for (const stream of streams) stream.close();
});
