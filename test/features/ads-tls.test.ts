import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { status, type Client } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bundleOf, renew, type Certificates } from '../../src/certs/certificates.ts';
import { issueClient } from '../../src/certs/client-certificate.ts';
import { issueLeaf } from '../../src/certs/issue.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { TlsMaterial } from '../../src/lib/tls-identity.ts';
import { AdsServerFixture } from '../rig/xds/ads-server.ts';
import { GivenIdentity, rotated } from '../rig/xds/given-identity.ts';
import { GrpcStream, grpcClient } from '../rig/xds/grpc-link.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { urlOf } from '../rig/xds/xds-types.ts';
import { fleetOf } from '../../src/units/fleet-key.ts';

const day = 86_400_000;
const node = { id: 'proxy', cluster: 'default/web' };
const request = { typeUrl: urlOf('CDS'), node };
const manifests = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  m.httpRoute([{ backendRefs: [m.backend()] }]),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
];

let pipeline: Pipeline;
let identity: GivenIdentity;
let server: AdsServerFixture;
let port: number;
let clients: Client[];
let lateMs: number;
let certificates: Certificates;

beforeEach(async () => {
  clients = [];
  lateMs = 0;
  pipeline = await Pipeline.started(manifests);
  identity = new GivenIdentity();
  ({ certificates } = await renew(undefined, Date.now(), ['sluice']));
  identity.set(certificates);
  const clock = { ...systemClock, wallMs: () => Date.now() + lateMs };
  server = new AdsServerFixture(pipeline.controller.fleet, clock, identity);
  port = await server.listen();
});

afterEach(async () => {
  for (const client of clients) client.close();
  await pipeline.close();
  server.close();
});

function clientWith(tls?: Partial<TlsMaterial>): Client {
  const client = grpcClient(port, tls);
  clients.push(client);
  return client;
}

async function ask(
  client: Client,
  first: typeof request = request,
  headers: Readonly<Record<string, string>> = {},
): Promise<GrpcStream> {
  const stream = new GrpcStream(client, undefined, undefined, headers);
  stream.send(first);
  await pipeline.until(() => stream.received.length > 0 || stream.status !== undefined);
  return stream;
}

function web(from = certificates, now = Date.now(), uid = ''): Promise<TlsMaterial> {
  return issueClient(from, { namespace: 'default', gateway: 'web', uid }, now);
}

test('the proxy whose certificate is its Gateway’s is served', async () => {
  const stream = await ask(clientWith(await web()));
  expect(stream.received).toHaveLength(1);
  expect(server.refused).toEqual([]);
});

test.each([
  ['no certificate', async () => ({ ca: bundleOf(certificates) })],
  [
    'a certificate of another CA',
    async () => {
      const { certificates: others } = await renew(undefined, Date.now(), ['sluice']);
      return { ...(await web(others)), ca: bundleOf(certificates) };
    },
  ],
  ['an expired certificate', () => web(certificates, Date.now() - 91 * day)],
  ['the certificate of a server', async () => ({ ...certificates.server, ca: bundleOf(certificates) })],
])('a client with %s gets no connection', async (_, material) => {
  const stream = await ask(clientWith(await material()));
  expect(stream.status?.code).toBe(status.UNAVAILABLE);
  await pipeline.until(() => server.refused.length > 0);
  expect(server.refused[0]?.reason).toBe('certificate');
});

test('a client without TLS gets no connection', async () => {
  const stream = await ask(clientWith());
  expect(stream.status?.code).toBe(status.UNAVAILABLE);
  expect(server.refused[0]?.reason).toBe('certificate');
});

test('a client that has TLS 1.2 at most gets no connection', async () => {
  const { certificate, privateKey, ca } = await web();
  const tls = { cert: certificate, key: privateKey, ca, servername: 'sluice', ALPNProtocols: ['h2'] };
  for (const _ of ['first identity', 'another one']) {
    const socket = connect({ port, host: '127.0.0.1', ...tls, maxVersion: 'TLSv1.2' });
    const [error] = (await once(socket, 'error')) as [Error & { code?: string }];
    expect(error.code).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    identity.set(certificates);
  }
  const socket = connect({ port, host: '127.0.0.1', ...tls });
  await once(socket, 'secureConnect');
  expect(socket.getProtocol()).toBe('TLSv1.3');
  socket.destroy();
});

test.each([
  [
    'another Gateway',
    'spiffe://sluice.dev/ns/default/gateway/api',
    'is for Gateway default/api, and node.cluster is "default/web"',
  ],
  ['a Gateway of this name elsewhere', 'spiffe://sluice.dev/ns/prod/gateway/web', 'is for Gateway prod/web'],
  ['another trust domain', 'spiffe://sluice.example/ns/default/gateway/web', 'names no Gateway'],
  ['something else of ours', 'spiffe://sluice.dev/ns/default/gateway/web/x', 'names no Gateway'],
  ['a name with a separator in it', 'x, URI:spiffe://sluice.dev/ns/default/gateway/web', 'names no Gateway'],
])('a certificate for %s is refused by a clear message', async (_, uri, words) => {
  const pair = await issueLeaf(certificates.authority, { kind: 'client', uri }, Date.now(), day);
  const stream = await ask(clientWith({ ...pair, ca: bundleOf(certificates) }));
  expect(stream.status?.code).toBe(status.PERMISSION_DENIED);
  expect(stream.status?.details).toContain(words);
  expect(server.refused).toEqual([{ reason: 'identity', details: expect.stringContaining(words) }]);
  expect(pipeline.controller.fleet.proxies(fleetOf('default/web'))).toBe(0);
});

test.each<[string, Record<string, string>, string]>([
  ['no token', {}, 'the stream has no x-sluice-token in its metadata'],
  ['the token of another Gateway', { 'x-sluice-token': 'default/api one' }, 'is not that of the proxies'],
  ['that of an earlier Gateway', { 'x-sluice-token': 'default/web other' }, 'is not that of the proxies'],
  ['a part of its token', { 'x-sluice-token': 'default/web on' }, 'is not that of the proxies'],
])(
  'the certificate opens nothing to a client with %s, and none of its words is read',
  async (_, headers, words) => {
    identity.tokenOf = ({ namespace, gateway, uid }) => `${namespace}/${gateway} ${uid}`;
    const client = clientWith(await web(certificates, Date.now(), 'one'));
    const stream = new GrpcStream(client, undefined, undefined, headers);
    stream.write(Buffer.from('no message at all'));
    await pipeline.until(() => stream.status !== undefined);
    expect(stream.status?.code).toBe(status.UNAUTHENTICATED);
    expect(stream.status?.details).toContain(words);
    expect(server.refused).toEqual([{ reason: 'token', details: expect.stringContaining(words) }]);
    const shown = { 'x-sluice-token': 'default/web one' };
    expect((await ask(client, request, shown)).received).toHaveLength(1);
  },
);

test('a certificate of an earlier Gateway of the name is refused, and its connection ends when there is another one', async () => {
  server.uids.set(fleetOf('default/web'), 'one');
  const [old, current] = [
    await web(certificates, Date.now(), 'one'),
    await web(certificates, Date.now(), 'two'),
  ];
  const open = await ask(clientWith(old));
  expect(open.received).toHaveLength(1);
  expect((await ask(clientWith(current))).status?.code).toBe(status.PERMISSION_DENIED);
  expect(server.refused).toEqual([{ reason: 'identity', details: expect.stringContaining('UID') }]);
  server.uids.set(fleetOf('default/web'), 'two');
  server.dropRevoked(fleetOf('default/web'));
  await pipeline.until(() => open.status !== undefined);
  expect((await ask(clientWith(old))).status?.details).toContain('its UID is another one');
  expect((await ask(clientWith(current))).received).toHaveLength(1);
});

test('a serial number that is refused opens nothing, its connection ends, and others go on', async () => {
  const [stolen, other] = [await web(), await web()];
  const [open, staying] = [await ask(clientWith(stolen)), await ask(clientWith(other))];
  server.refusedSerials = new Set([new X509Certificate(stolen.certificate).serialNumber]);
  server.dropRevoked();
  await pipeline.until(() => open.status !== undefined);
  const late = await ask(clientWith(stolen));
  expect(late.status?.code).toBe(status.UNAUTHENTICATED);
  expect(late.status?.details).toContain('serial number');
  staying.send({ typeUrl: urlOf('EDS'), subscribe: ['default/app/80'] });
  await pipeline.until(() => staying.received.length === 2);
});

test('what a refused client has sent besides changes nothing', async () => {
  const stream = new GrpcStream(
    clientWith(
      await issueClient(certificates, { namespace: 'default', gateway: 'api', uid: '' }, Date.now()),
    ),
  );
  stream.send(request);
  stream.send({ ...request, node: { id: 'proxy', cluster: 'default/api' } });
  stream.send(request);
  await pipeline.until(() => stream.status !== undefined);
  expect(stream.status?.code).toBe(status.PERMISSION_DENIED);
  expect(server.refused).toHaveLength(1);
});

test('until there is an identity no client is let in, and then all at once', async () => {
  server.close();
  identity = new GivenIdentity();
  server = new AdsServerFixture(pipeline.controller.fleet, systemClock, identity);
  port = await server.listen();
  expect((await ask(clientWith(await web()))).status?.code).toBe(status.UNAVAILABLE);
  identity.set(certificates);
  expect((await ask(clientWith(await web()))).received).toHaveLength(1);
  expect(server.refused).toEqual([]);
});

test('a stream lives on while the CA changes, and a new one is judged by the CAs of now', async () => {
  const client = clientWith(await web());
  const old = await ask(client);
  const { certificates: others } = await renew(undefined, Date.now(), ['sluice']);
  const overlap = { ...others, retired: [certificates.authority.certificate] };
  identity.set(overlap);
  const second = await ask(client);
  expect(second.received).toHaveLength(1);
  second.cancel();
  const both = { ...(await web()), ca: bundleOf(overlap) };
  expect((await ask(clientWith(both))).received).toHaveLength(1);
  expect((await ask(clientWith(await web(overlap)))).received).toHaveLength(1);
  identity.set(others);
  const late = await ask(client);
  expect(late.status?.code).toBe(status.UNAUTHENTICATED);
  expect(late.status?.details).toContain('no longer trusted');
  expect((await ask(clientWith(both))).status?.code).toBe(status.UNAVAILABLE);
  expect((await ask(clientWith(await web(others)))).received).toHaveLength(1);
  old.send({ typeUrl: urlOf('EDS'), subscribe: ['default/app/80'] });
  await pipeline.until(() => old.received.length === 2);
});

test('a certificate that expires while its connection is open lets no new stream begin', async () => {
  const client = clientWith(await web());
  const old = await ask(client);
  lateMs = 90 * day;
  const late = await ask(client);
  expect(late.status?.code).toBe(status.UNAUTHENTICATED);
  expect(late.status?.details).toContain('has expired');
  old.send({ typeUrl: urlOf('EDS'), subscribe: ['default/app/80'] });
  await pipeline.until(() => old.received.length === 2);
});

test('200 rotations in a row, the CA among them, end no stream and refuse no proxy', async () => {
  const first = await ask(clientWith(await web()));
  let proxy = await web();
  for (let round = 1; round <= 200; round++) {
    certificates = await rotated(certificates, round);
    identity.set(certificates);
    // A proxy with the last round's certificate and CAs is accepted, whichever of the two has changed.
    const late = await ask(clientWith(proxy));
    expect(late.status).toBeUndefined();
    clients.pop()?.close();
    proxy = await web();
  }
  first.send({ typeUrl: urlOf('EDS'), subscribe: ['default/app/80'] });
  await pipeline.until(() => first.received.length === 2);
  expect(server.refused).toEqual([]);
});

test('a server that closes ends its streams', async () => {
  await ask(clientWith(await web()));
  server.close();
  await pipeline.until(() => pipeline.controller.fleet.proxies(fleetOf('default/web')) === 0);
});
