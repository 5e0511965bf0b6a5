import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AttackedServer } from '../rig/xds/attacked-server.ts';
import { encodeRequest } from '../rig/xds/grpc-link.ts';
import * as m from '../rig/objects/manifests.ts';
import { grpcMessage } from '../rig/xds/http2-call.ts';
import { urlOf } from '../rig/xds/xds-types.ts';

let server: AttackedServer;

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

beforeEach(async () => {
  server = await AttackedServer.started();
});
afterEach(() => server.close());

test('a client that asks again and again, ACKs and takes nothing is answered until it has a bounded amount to take', async () => {
  server.pipeline.apply(...many);
  await server.pipeline.settle();
  await server.listen();
  const mute = await server.raw('bad', false);
  void mute.write(again(100));
  await server.pipeline.until(() => (server.ads.writtenBytes.get('default/bad') ?? 0) > 2 ** 20);
  const good = await server.asking('web');
  good.send(endpoints);
  await server.pipeline.until(() => good.received.length === 2);
  for (let turns = 0; turns < 200; turns++) await turn();
  expect(server.ads.writtenBytes.get('default/bad')).toBeLessThan(2 * 2 ** 20);
});

test('what the proxies of one Gateway do not take holds up no other', async () => {
  server.pipeline.apply(...many);
  await server.pipeline.settle();
  await server.listen();
  for (let i = 0; i < 12; i++) void (await server.raw('bad', false)).write(again(100));
  // They are held up themselves: no time passes here that would end that.
  await server.pipeline.until(() => (server.ads.writtenBytes.get('default/bad') ?? 0) > 8 * 2 ** 20);
  const good = await server.asking('web');
  expect(good.received).toHaveLength(1);
  good.send(endpoints);
  await server.pipeline.until(() => good.received.length === 2);
  server.pipeline.apply(
    m.service('other'),
    m.httpRoute([{ backendRefs: [m.backend('other')] }], { name: 'new' }),
  );
  await server.pipeline.until(() => good.received.length > 2);
});
