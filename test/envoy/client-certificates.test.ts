import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueAuthority, issueLeaf, type KeyPair } from '../../src/certs/issue.ts';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import { configMap, gateway, httpRoute } from '../rig/objects/manifests.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig, toService } from '../rig/envoy/envoy-rig.ts';
import { echo, sendTls } from '../rig/envoy/http-client.ts';

let rig: EnvoyRig;
let authority: KeyPair;
let other: KeyPair;
let friend: KeyPair;
let stranger: KeyPair;

const server = selfSigned(['shop.test']);
const secondPort = () => rig.ports[1] ?? 0;

beforeAll(async () => {
  const now = Date.now();
  const year = 365 * 86_400_000;
  [authority, other] = await Promise.all([issueAuthority(now, year), issueAuthority(now, year)]);
  const use = { kind: 'client', uri: 'spiffe://test/client' } as const;
  [friend, stranger] = await Promise.all([
    issueLeaf(authority, use, now, year),
    issueLeaf(other, use, now, year),
  ]);
  rig = await EnvoyRig.start({ ports: 2, listeners: (ports) => ports.map(https) });
  await rig.backend('app');
  rig.apply([tlsSecret('shop', server), httpRoute([toService('app')]), trusted(authority), web()]);
  await rig.settled();
});

afterAll(() => rig.close());

function https(port: number): object {
  const tls = { certificateRefs: [{ name: 'shop' }] };
  return { name: `https-${port}`, port, protocol: 'HTTPS', hostname: 'shop.test', tls };
}

const refs = [{ group: '', kind: 'ConfigMap', name: 'clients' }];

function web(frontend: object = { default: { validation: { caCertificateRefs: refs } } }): object {
  return gateway(rig.ports.map(https), { tls: { frontend } });
}

function trusted(...authorities: readonly KeyPair[]): object {
  return configMap(
    { 'ca.crt': authorities.map(({ certificate }) => certificate).join('') },
    { name: 'clients' },
  );
}

/** Returns the backend's name, or how the client was refused. */
async function connect(client?: KeyPair, port = rig.port): Promise<string> {
  try {
    return echo(await sendTls(port, { serverName: 'shop.test', client })).backend;
  } catch {
    return 'refused';
  }
}

async function open(frontend: object): Promise<void> {
  rig.apply([web(frontend)]);
  await rig.settled();
}

test('a client without a certificate of the CA is refused', async () => {
  expect(await connect()).toBe('refused');
  expect(await connect(stranger)).toBe('refused');
  expect(await connect(friend)).toBe('app');
  expect(await connect(friend, secondPort())).toBe('app');
});

test('a CA is rotated by SDS alone, by way of both of them', async () => {
  const before = await rig.envoy.stats('listener_manager.listener_(modified|added|removed)');
  rig.apply([trusted(authority, other)]);
  await rig.settled();
  await converge(async () => (await connect(stranger)) === 'app');
  expect(await connect(friend)).toBe('app');
  rig.apply([trusted(other)]);
  await rig.settled();
  await converge(async () => (await connect(friend)) === 'refused');
  expect(await connect(stranger)).toBe('app');
  expect(await rig.envoy.stats('listener_manager.listener_(modified|added|removed)')).toEqual(before);
  rig.apply([trusted(authority)]);
  await rig.settled();
  await converge(async () => (await connect(friend)) === 'app');
});

test('while the CA is missing or broken, no client is let in, and a port without validation is open', async () => {
  const perPort = [{ port: secondPort(), tls: {} }];
  await open({ default: { validation: { caCertificateRefs: refs } }, perPort });
  for (const broken of [configMap({ 'ca.crt': 'nonsense' }, { name: 'clients' }), undefined]) {
    if (broken === undefined) rig.apply([], [trusted(authority)]);
    else rig.apply([broken]);
    await rig.settled();
    expect(await connect()).toBe('refused');
    expect(await connect(friend)).toBe('refused');
    expect(await connect(undefined, secondPort())).toBe('app');
  }
  rig.apply([trusted(authority)]);
  await rig.settled();
  expect(await connect(friend)).toBe('app');
  expect(await connect()).toBe('refused');
});

test('a port has a CA of its own', async () => {
  const own = [{ ...refs[0], name: 'others' }];
  rig.apply([configMap({ 'ca.crt': other.certificate }, { name: 'others' })]);
  await open({
    default: { validation: { caCertificateRefs: refs } },
    perPort: [{ port: secondPort(), tls: { validation: { caCertificateRefs: own } } }],
  });
  expect([await connect(friend), await connect(stranger)]).toEqual(['app', 'refused']);
  expect([await connect(friend, secondPort()), await connect(stranger, secondPort())]).toEqual([
    'refused',
    'app',
  ]);
});

test('AllowInsecureFallback lets every client in, and one change takes it back', async () => {
  await open({ default: { validation: { caCertificateRefs: refs, mode: 'AllowInsecureFallback' } } });
  for (const client of [undefined, stranger, friend]) expect(await connect(client)).toBe('app');
  await open({ default: { validation: { caCertificateRefs: refs } } });
  await converge(async () => (await connect(stranger)) === 'refused');
  expect([await connect(), await connect(friend)]).toEqual(['refused', 'app']);
});
