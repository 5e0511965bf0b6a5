// The library below finds its parts by it, and needs it to be there first.
// oxlint-disable-next-line import/no-unassigned-import
import 'reflect-metadata';
import { X509Certificate, X509CrlGenerator, X509CrlReason } from '@peculiar/x509';
import { createHash, createPrivateKey, X509Certificate as NodeCertificate } from 'node:crypto';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueAuthority, issueLeaf, type KeyPair } from '../../src/certs/issue.ts';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import { clientPolicy } from '../rig/pipeline/client-policy.ts';
import * as m from '../rig/objects/manifests.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig, toService } from '../rig/envoy/envoy-rig.ts';
import { echo, sendTls } from '../rig/envoy/http-client.ts';

let rig: EnvoyRig;
let authority: KeyPair;
let friend: KeyPair;
let second: KeyPair;
let late: KeyPair;
let stranger: KeyPair;

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const day = 86_400_000;

beforeAll(async () => {
  const now = Date.now();
  const [own, other] = await Promise.all([
    issueAuthority(now - 30 * day, 365 * day),
    issueAuthority(now, 365 * day),
  ]);
  authority = own;
  [friend, second, late, stranger] = await Promise.all([
    issueLeaf(own, toClient('spiffe://test/friend'), now, day),
    issueLeaf(own, toClient('spiffe://test/second'), now, day),
    issueLeaf(own, toClient('spiffe://test/late'), now - 2 * day, day),
    issueLeaf(other, toClient('spiffe://test/stranger'), now, day),
  ]);
  rig = await EnvoyRig.start({
    listeners: ([port]) => [
      {
        name: 'https',
        port,
        protocol: 'HTTPS',
        hostname: 'app.test',
        tls: { certificateRefs: [{ name: 'cert' }] },
      },
    ],
  });
  await rig.backend('app');
  rig.apply([tlsSecret('cert', selfSigned(['app.test'])), trusted()]);
  await rig.serve('app', [toService('app')]);
});

afterAll(() => rig.close());

function toClient(uri: string) {
  return { kind: 'client', uri } as const;
}

function trusted(): object {
  return m.configMap({ 'ca.crt': authority.certificate }, { name: 'clients' });
}

const caCertificateRefs = [{ kind: 'ConfigMap', name: 'clients' }];

async function under(tls: object, more: object = {}): Promise<void> {
  rig.apply([clientPolicy({ tls, ...more })]);
  await rig.settled();
}

/** Returns the backend's name, or how the client was refused. */
async function connect(client?: KeyPair): Promise<string> {
  try {
    return echo(await sendTls(rig.port, { serverName: 'app.test', client })).backend;
  } catch {
    return 'refused';
  }
}

/** Returns each client's answer: without a certificate, with that of the CA, of another CA. */
async function answers(): Promise<string[]> {
  return [await connect(), await connect(friend), await connect(stranger)];
}

/** Waits for these answers: a filter chain that waits for its Secret takes over a little later than it is ACKed. */
async function answered(expected: readonly string[]): Promise<void> {
  await converge(async () => (await answers()).join() === expected.join());
}

test.each([
  ['RequireAndVerify', ['refused', 'app', 'refused']],
  ['VerifyIfGiven', ['app', 'app', 'refused']],
  ['RequireAny', ['refused', 'app', 'app']],
  ['Request', ['app', 'app', 'app']],
])('mode %s', async (mode, expected) => {
  await under({ clientValidation: { mode, caCertificateRefs } });
  await answered(expected);
});

test('mode Request needs no CA', async () => {
  await under({ clientValidation: { mode: 'Request' } });
  await answered(['app', 'app', 'app']);
});

test('names, keys and certificates are compared', async () => {
  const check = async (fields: object): Promise<string[]> => {
    await under({ clientValidation: { caCertificateRefs, ...fields } });
    let found: string[] = [];
    // Secrets come after the Listener, which may have been there already.
    await converge(async () => {
      found = [await connect(friend), await connect(second)];
      return found.includes('refused');
    });
    return found;
  };
  const { raw, publicKey } = new NodeCertificate(friend.certificate);
  const hash = createHash('sha256').update(raw).digest('hex');
  const spki = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
  const only = ['app', 'refused'];
  expect(await check({ certificateHashes: [hash] })).toEqual(only);
  expect(await check({ spkiHashes: [spki] })).toEqual(only);
  expect(await check({ subjectAltNames: { uris: [{ type: 'Suffix', value: '/friend' }] } })).toEqual(only);
  expect(
    await check({ subjectAltNames: { uris: [{ type: 'RegularExpression', value: 'spiffe://.*/second' }] } }),
  ).toEqual(['refused', 'app']);
  const otherNames = [{ oid: '1.3.6.1.4.1.311.20.2.3', value: 'x' }];
  expect(await check({ subjectAltNames: { otherNames } })).toEqual(['refused', 'refused']);
});

test('an expired certificate is refused unless the policy takes it', async () => {
  await under({ clientValidation: { caCertificateRefs } });
  await converge(async () => (await connect(friend)) === 'app');
  expect(await connect(late)).toBe('refused');
  await under({ clientValidation: { caCertificateRefs, allowExpiredCertificate: true } });
  await converge(async () => (await connect(late)) === 'app');
});

test('a revoked certificate is refused', async () => {
  const issuer = new X509Certificate(authority.certificate);
  const key = createPrivateKey(authority.privateKey).export({ type: 'pkcs8', format: 'der' });
  const signingKey = await crypto.subtle.importKey('pkcs8', key, algorithm, false, ['sign']);
  const { serialNumber } = new X509Certificate(second.certificate);
  const list = await X509CrlGenerator.create({
    issuer: issuer.subjectName,
    thisUpdate: daysFromNow(-1),
    nextUpdate: daysFromNow(1),
    // An entry without a reason has an empty list of extensions, which BoringSSL does not read.
    entries: [{ serialNumber, revocationDate: daysFromNow(-1), reason: X509CrlReason.keyCompromise }],
    signingAlgorithm: algorithm,
    signingKey,
  });
  const lines = Buffer.from(list.rawData).toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  const pem = `-----BEGIN X509 CRL-----\n${lines}\n-----END X509 CRL-----\n`;
  rig.apply([m.configMap({ 'ca.crl': pem }, { name: 'revoked' })]);
  await under({
    clientValidation: { caCertificateRefs, crl: { refs: [{ kind: 'ConfigMap', name: 'revoked' }] } },
  });
  await converge(async () => (await connect(second)) === 'refused');
  expect(await connect(friend)).toBe('app');
});

/** To a whole second: BoringSSL reads no fractions. */
function daysFromNow(days: number): Date {
  return new Date(Math.floor(Date.now() / 1000) * 1000 + days * day);
}

async function forwarded(): Promise<string | undefined> {
  const answer = await sendTls(rig.port, { serverName: 'app.test', client: friend });
  return echo(answer).headers['x-forwarded-client-cert']?.[0];
}

test('details of the certificate are forwarded', async () => {
  await under(
    { clientValidation: { caCertificateRefs } },
    { headers: { xForwardedClientCert: { mode: 'SanitizeSet', certDetailsToAdd: ['Subject', 'URI'] } } },
  );
  await converge(async () => (await forwarded()) !== undefined);
  expect(await forwarded()).toMatch(
    /^Hash=[0-9a-f]{64};Subject="CN=sluice-proxy";URI=spiffe:\/\/test\/friend$/,
  );
});

interface Handshake {
  readonly version?: string;
  readonly cipher?: string;
  readonly protocol?: string | false | null;
  readonly failure?: string;
}

function handshake(options: object): Promise<Handshake> {
  return new Promise((resolve) => {
    const socket: TLSSocket = connectTls(
      { host: '127.0.0.1', port: rig.port, servername: 'app.test', rejectUnauthorized: false, ...options },
      () => {
        resolve({
          version: socket.getProtocol() ?? '',
          cipher: socket.getCipher().standardName,
          protocol: socket.alpnProtocol,
        });
        socket.destroy();
      },
    );
    socket.on('error', ({ message }) => resolve({ failure: message }));
  });
}

test('versions of TLS are as the policy says', async () => {
  await under({ minVersion: '1.3' });
  expect(await handshake({ maxVersion: 'TLSv1.2' })).toHaveProperty('failure');
  expect(await handshake({})).toMatchObject({ version: 'TLSv1.3' });
  await under({ maxVersion: '1.2' });
  expect(await handshake({})).toMatchObject({ version: 'TLSv1.2' });
  expect(await handshake({ minVersion: 'TLSv1.3' })).toHaveProperty('failure');
});

test('ciphers, curves and protocols are as the policy says', async () => {
  await under({
    maxVersion: '1.2',
    ciphers: ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'],
    alpnProtocols: ['http/1.1'],
  });
  expect(await handshake({ ALPNProtocols: ['h2', 'http/1.1'] })).toMatchObject({
    cipher: 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
    protocol: 'http/1.1',
  });
  await under({ ecdhCurves: ['P-384'] });
  expect(await handshake({ ecdhCurve: 'P-256' })).toHaveProperty('failure');
  expect(await handshake({ ecdhCurve: 'P-384' })).toMatchObject({ version: 'TLSv1.3' });
});

test('Envoy takes every name of the schema', async () => {
  const { clientTls } = await import('../../src/kinds/envoy-gateway/client-tls.ts');
  const { shape } = clientTls;
  const options = (field: 'ciphers' | 'ecdhCurves' | 'signatureAlgorithms'): string[] => [
    ...shape[field].unwrap().element.options,
  ];
  await under({
    ciphers: options('ciphers'),
    ecdhCurves: options('ecdhCurves'),
    signatureAlgorithms: options('signatureAlgorithms'),
  });
  expect(await handshake({})).toMatchObject({ version: 'TLSv1.3' });
});

test('sessions are resumed where the policy asks for it', async () => {
  await under({});
  expect(await resumed()).toBe(false);
  await under({ session: { resumption: { stateless: {} } } });
  expect(await resumed()).toBe(true);
});

/** Returns true when a second connection takes up the session of the first. */
async function resumed(): Promise<boolean> {
  const session = await new Promise<Buffer | undefined>((resolve) => {
    const socket = connectTls(
      { host: '127.0.0.1', port: rig.port, servername: 'app.test', rejectUnauthorized: false },
      () => socket.write('GET / HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n'),
    );
    let found: Buffer | undefined;
    socket.on('session', (one: Buffer) => (found = one));
    socket.on('data', () => {});
    socket.on('error', () => {});
    socket.on('close', () => resolve(found));
  });
  if (session === undefined) return false;
  return await new Promise((resolve) => {
    const socket = connectTls(
      { host: '127.0.0.1', port: rig.port, servername: 'app.test', rejectUnauthorized: false, session },
      () => {
        resolve(socket.isSessionReused());
        socket.destroy();
      },
    );
    socket.on('error', () => resolve(false));
  });
}
