import { afterAll, beforeAll, expect, test } from 'vitest';
import { askByDatagram, askOnce } from '../rig/envoy/byte-client.ts';
import { datagramServer, serviceOf, streamServer, type ByteServer } from '../rig/envoy/byte-server.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import { backend, tcpRoute, tlsRoute, udpRoute } from '../rig/objects/manifests.ts';

let rig: EnvoyRig;
const servers: ByteServer[] = [];
const [tcp, tls, udp] = [0, 1, 2].map((i) => () => rig.ports[i] ?? 0) as [
  () => number,
  () => number,
  () => number,
];

beforeAll(async () => {
  rig = await EnvoyRig.start({ ports: 3, listeners });
  servers.push(
    await streamServer('plain'),
    await streamServer('other'),
    await streamServer('secure', selfSigned(['passes.test'])),
  );
  for (const server of servers) rig.apply(serviceOf(server));
  for (const name of ['dns', 'dns-next']) {
    const server = await datagramServer(name);
    servers.push(server);
    rig.apply(serviceOf(server, 'UDP'));
  }
  rig.apply([tlsSecret('cert', selfSigned(['ends.test']))]);
  await rig.settled();
});

afterAll(async () => {
  await rig.close();
  for (const server of servers) server.close();
});

/** UDP has the number of the TCP port too. */
function listeners([first, second, third]: readonly number[]): object[] {
  const terminate = { certificateRefs: [{ name: 'cert' }] };
  return [
    { name: 'tcp', port: first, protocol: 'TCP' },
    { name: 'udp', port: first, protocol: 'UDP' },
    { name: 'passes', port: second, protocol: 'TLS', hostname: '*.test', tls: { mode: 'Passthrough' } },
    { name: 'ends', port: second, protocol: 'TLS', hostname: 'ends.test', tls: terminate },
    { name: 'dns', port: third, protocol: 'UDP' },
  ];
}

function at(section: string, fields: object = {}): object {
  return { parentRefs: [{ name: 'web', sectionName: section }], name: section, ...fields };
}

async function shares(ask: () => Promise<string>, count: number): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (let i = 0; i < count; i++) {
    const name = await ask();
    found[name] = (found[name] ?? 0) + 1;
  }
  return found;
}

test('a TCP port without a route closes connections', async () => {
  expect(await askOnce(tcp())).toBe('closed');
});

test('a TCP port shares connections by weight, and closes the share of an invalid backend', async () => {
  const refs = [
    backend('plain', { weight: 6 }),
    backend('other', { weight: 3 }),
    backend('none', { weight: 3 }),
  ];
  rig.apply([tcpRoute([...refs, backend('secure', { weight: 0 })], at('tcp'))]);
  await rig.settled();
  const { plain = 0, other = 0, closed = 0, ...rest } = await shares(() => askOnce(tcp()), 240);
  expect(rest).toEqual({});
  expect(plain).toBeGreaterThan(other);
  expect(plain).toBeGreaterThan(closed);
  expect(Math.min(other, closed)).toBeGreaterThan(20);
});

test('one port passes TLS on or ends it, by the server name', async () => {
  rig.apply([
    tlsRoute([backend('secure')], at('passes', { hostnames: ['passes.test'] })),
    tlsRoute([backend('plain')], at('ends')),
  ]);
  await rig.settled();
  expect(await askOnce(tls(), 'passes.test')).toBe('secure');
  expect(await askOnce(tls(), 'ends.test')).toBe('plain');
  expect(await askOnce(tls(), 'no-route.test')).toBe('closed');
  expect(await askOnce(tls(), 'no-listener.example')).toBe('closed');
});

test('the most specific server name decides', async () => {
  rig.apply([
    tlsRoute([backend('other')], at('passes', { name: 'wide', hostnames: ['*.a.test', '*.test'] })),
  ]);
  await rig.settled();
  expect(await askOnce(tls(), 'passes.test')).toBe('secure');
  // The backend of the wider names speaks no TLS.
  expect(await askOnce(tls(), 'x.a.test')).toBe('closed');
});

test('a UDP port shares its clients by weight, beside a TCP port of the same number', async () => {
  const refs = [backend('dns', { weight: 3 }), backend('dns-next', { weight: 1 })];
  rig.apply([udpRoute(refs, at('udp'))]);
  await rig.settled();
  await converge(async () => (await askByDatagram(tcp(), 300)) !== 'lost');
  const { dns = 0, 'dns-next': next = 0, ...rest } = await shares(() => askByDatagram(tcp(), 3000), 120);
  expect(rest).toEqual({});
  expect(dns).toBeGreaterThan(next);
  expect(next).toBeGreaterThan(10);
});

test('a UDP port loses the share of an invalid backend', async () => {
  rig.apply([udpRoute([backend('dns'), backend('none')], at('dns'))]);
  await rig.settled();
  await converge(async () => (await askByDatagram(udp(), 300)) !== 'lost');
  const { dns = 0, lost = 0, ...rest } = await shares(() => askByDatagram(udp(), 250), 24);
  expect(rest).toEqual({});
  expect(Math.min(dns, lost)).toBeGreaterThan(4);
});
