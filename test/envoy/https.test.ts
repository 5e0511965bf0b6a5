import { connect as connectHttp2 } from 'node:http2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import { gateway, httpRoute } from '../rig/objects/manifests.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig, toService } from '../rig/envoy/envoy-rig.ts';
import { echo, sendTls } from '../rig/envoy/http-client.ts';

let rig: EnvoyRig;
const one = selfSigned(['one.test']);
const wild = selfSigned(['*.wild.test']);

beforeAll(async () => {
  rig = await EnvoyRig.start({ listeners: ([port = 0]) => listeners(port) });
  for (const name of ['a', 'b']) await rig.backend(name);
  rig.apply([
    tlsSecret('one', one),
    tlsSecret('wild', wild),
    httpRoute([toService('a')], { name: 'a', parentRefs: [{ name: 'web', sectionName: 'one' }] }),
    httpRoute([toService('b')], { name: 'b', parentRefs: [{ name: 'web', sectionName: 'wild' }] }),
  ]);
  await rig.settled();
});

afterAll(() => rig.close());

function https(name: string, port: number, hostname: string, secret: string): object {
  return { name, port, hostname, protocol: 'HTTPS', tls: { certificateRefs: [{ name: secret }] } };
}

function listeners(port: number, secret = 'one'): object[] {
  return [https('one', port, 'one.test', secret), https('wild', port, '*.wild.test', 'wild')];
}

async function connect(
  serverName: string,
  host = serverName,
): Promise<{ by: string | number; name: string }> {
  const answer = await sendTls(rig.port, { serverName, host });
  const by = answer.status === 200 ? echo(answer).backend : answer.status;
  return { by, name: String(answer.certificate.subject.CN) };
}

test('each listener has its own certificate and routes, chosen by server name', async () => {
  expect(await connect('one.test')).toEqual({ by: 'a', name: 'one.test' });
  expect(await connect('x.wild.test')).toEqual({ by: 'b', name: '*.wild.test' });
  expect(await connect('y.x.wild.test')).toEqual({ by: 'b', name: '*.wild.test' });
});

test('a Host header with a port matches', async () => {
  expect(await connect('one.test', `one.test:${rig.port}`)).toMatchObject({ by: 'a' });
});

test('a server name that no listener has gets no handshake', async () => {
  await expect(connect('other.test')).rejects.toThrow();
  await expect(connect('wild.test')).rejects.toThrow();
});

test('a request for the name of another listener must open a connection of its own', async () => {
  expect(await connect('x.wild.test', 'one.test')).toMatchObject({ by: 421 });
  expect(await connect('one.test', 'y.x.wild.test:1')).toMatchObject({ by: 421 });
  expect(await connect('one.test', 'unknown.test')).toMatchObject({ by: 404 });
  expect(await connect('x.wild.test', 'wild.test')).toMatchObject({ by: 404 });
});

test('and so is one that comes over HTTP/2, with a body, or to open a WebSocket', async () => {
  const session = connectHttp2(`https://127.0.0.1:${rig.port}`, {
    servername: 'one.test',
    rejectUnauthorized: false,
  });
  const ask = (authority: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ':authority': authority, ':method': 'POST' });
      stream.on('response', (headers) => resolve(headers[':status']));
      stream.on('error', reject);
      stream.end('x'.repeat(100_000));
    });
  try {
    expect(await ask('one.test')).toBe(200);
    expect(await ask('x.wild.test')).toBe(421);
    expect(await ask('unknown.test')).toBe(404);
    expect(await ask('one.test')).toBe(200);
  } finally {
    session.close();
  }
  const upgrade = { connection: 'upgrade', upgrade: 'websocket' };
  const answer = await sendTls(rig.port, { serverName: 'one.test', host: 'x.wild.test', headers: upgrade });
  expect(answer.status).toBe(421);
  expect(
    [...answer.headers.keys()].filter((name) => name.startsWith('x-envoy') || name === 'server'),
  ).toEqual([]);
});

test('a Secret is rotated under load, and no handshake fails', async () => {
  const seen = new Set<string>();
  let failed = 0;
  const done = new AbortController();
  const client = async (): Promise<void> => {
    while (!done.signal.aborted) {
      try {
        const { certificate } = await sendTls(rig.port, { serverName: 'one.test' });
        seen.add(certificate.fingerprint256);
      } catch {
        failed++;
      }
    }
  };
  const clients = Promise.all(Array.from({ length: 4 }, client));
  for (let round = 1; round <= 5; round++) {
    await converge(() => seen.size === round);
    rig.apply([tlsSecret('one', round === 5 ? one : selfSigned(['one.test']))]);
    await rig.settled();
  }
  done.abort();
  await clients;
  expect(failed).toBe(0);
  // The last rotation went back to the first certificate.
  expect(seen.size).toBe(5);
});

test('a Secret with a bad certificate ends no listener but its own', async () => {
  const sent = await rig.sent();
  const broken = [
    tlsSecret('bad', { certificate: one.certificate, privateKey: wild.privateKey }),
    tlsSecret('bad', { certificate: 'nonsense', privateKey: 'nonsense' }),
    tlsSecret('bad', {
      certificate: one.certificate.replace(/[A-Za-z]{20}/, 'A'.repeat(20)),
      privateKey: one.privateKey,
    }),
  ];
  for (const secret of broken) {
    rig.apply([secret, gateway(listeners(rig.port, 'bad'))]);
    await rig.settled();
    expect(await connect('x.wild.test')).toMatchObject({ by: 'b' });
    await expect(connect('one.test')).rejects.toThrow();
    rig.apply([gateway(listeners(rig.port))]);
    await rig.settled();
    expect(await connect('one.test')).toMatchObject({ by: 'a' });
  }
  expect(await rig.sent()).toBeGreaterThan(sent);
});

test('a Secret that turns bad takes its own listener away and no other, and comes back when it is repaired', async () => {
  rig.apply([tlsSecret('one', { certificate: one.certificate, privateKey: wild.privateKey })]);
  await rig.settled();
  expect(await connect('x.wild.test')).toMatchObject({ by: 'b' });
  rig.apply([tlsSecret('one', one)]);
  await rig.settled();
  expect(await connect('one.test')).toMatchObject({ by: 'a' });
});

test('a listener without a hostname takes every server name that no other listener has', async () => {
  const any = {
    name: 'any',
    port: rig.port,
    protocol: 'HTTPS',
    tls: { certificateRefs: [{ name: 'wild' }] },
  };
  rig.apply([
    gateway([...listeners(rig.port), any]),
    httpRoute([toService('b')], { name: 'any', parentRefs: [{ name: 'web', sectionName: 'any' }] }),
  ]);
  await rig.settled();
  expect(await connect('whatever.test')).toEqual({ by: 'b', name: '*.wild.test' });
  expect(await connect('one.test')).toEqual({ by: 'a', name: 'one.test' });
  expect(await connect('one.test', 'whatever.test')).toMatchObject({ by: 421 });
  expect(await connect('whatever.test', 'one.test')).toMatchObject({ by: 421 });
  expect(await connect('x.wild.test', 'one.test')).toMatchObject({ by: 421 });
});

test('a name that a narrower listener has is not answered by the wider one, nor the reverse', async () => {
  const nested = [
    https('wide', rig.port, '*.wild.test', 'wild'),
    https('narrow', rig.port, 'x.wild.test', 'wild'),
    https('deep', rig.port, '*.x.wild.test', 'wild'),
  ];
  rig.apply([
    gateway(nested),
    httpRoute([toService('b')], { name: 'b', parentRefs: [{ name: 'web', sectionName: 'wide' }] }),
    httpRoute([toService('a')], { name: 'a', parentRefs: [{ name: 'web', sectionName: 'narrow' }] }),
    httpRoute([toService('a')], { name: 'deep', parentRefs: [{ name: 'web', sectionName: 'deep' }] }),
  ]);
  await rig.settled();
  const names = { wide: 'y.wild.test', narrow: 'x.wild.test', deep: 'z.x.wild.test' };
  for (const [of, serverName] of Object.entries(names)) {
    for (const [other, host] of Object.entries(names)) {
      const expected = of === other ? (of === 'wide' ? 'b' : 'a') : 421;
      expect(await connect(serverName, host)).toMatchObject({ by: expected });
    }
    expect(await connect(serverName, 'wild.test')).toMatchObject({ by: 404 });
  }
});
