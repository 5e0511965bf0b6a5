import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueAuthority, issueLeaf, type KeyPair } from '../../src/certs/issue.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig, toService } from '../rig/envoy/envoy-rig.ts';
import { tlsSecret } from '../rig/objects/certificate.ts';
import { configMap, gateway, policy } from '../rig/objects/manifests.ts';

let rig: EnvoyRig;
let authority: KeyPair;
let other: KeyPair;

const year = 365 * 86_400_000;

async function serverTls(by: KeyPair, ...dnsNames: readonly string[]) {
  const leaf = await issueLeaf(by, { kind: 'server', dnsNames }, Date.now(), year);
  return { cert: leaf.certificate, key: leaf.privateKey };
}

beforeAll(async () => {
  [authority, other] = await Promise.all([
    issueAuthority(Date.now(), year),
    issueAuthority(Date.now(), year),
  ]);
  rig = await EnvoyRig.start();
  rig.apply([cas(authority)]);
  const tls = await serverTls(authority, 'app.internal', 'extra.internal');
  await rig.backend('app', { tls });
  await rig.backend('h2', { tls, port: { appProtocol: 'kubernetes.io/h2c' } });
  await rig.backend('wild', { tls: await serverTls(authority, '*.internal') });
  await rig.backend('plain');
});

afterAll(() => rig.close());

function cas(...authorities: readonly KeyPair[]): object {
  const text = authorities.map(({ certificate }) => certificate).join('');
  return configMap({ 'ca.crt': text }, { name: 'cas' });
}

function secure(service: string, fields: object = {}): object {
  const targetRefs = [{ group: '', kind: 'Service', name: service }];
  const caCertificateRefs = [{ group: '', kind: 'ConfigMap', name: 'cas' }];
  const validation = { hostname: 'app.internal', caCertificateRefs, ...fields };
  return policy('BackendTLSPolicy', { targetRefs, validation }, { name: service });
}

async function answers(service: string, fields: object = {}): Promise<(string | number)[]> {
  rig.apply([secure(service, fields)]);
  await rig.serve(service, [toService(service)]);
  return rig.answers(service, ['/', '/']);
}

test('a backend with a certificate of the CA and of the name is spoken to over TLS', async () => {
  expect(await answers('app')).toEqual(['app', 'app']);
  expect((await rig.echo('app')).httpVersion).toBe('1.1');
  expect(await answers('wild')).toEqual(['wild', 'wild']);
  expect(await answers('h2')).toEqual(['h2', 'h2']);
  expect((await rig.echo('h2')).httpVersion).toBe('2.0');
});

test.each<[string, object, number | string]>([
  ['another hostname', { hostname: 'other.internal' }, 503],
  ['another hostname, with its own as a name', names('app.internal', 'other.internal'), 'app'],
  ['its second name', { ...names('x.internal'), hostname: 'extra.internal' }, 503],
  ['a wildcard that covers it', names('*.internal'), 'app'],
  ['a wildcard beside it', names('*.external'), 503],
  ['a URI that it does not have', { subjectAltNames: [{ type: 'URI', uri: 'spiffe://a/b' }] }, 503],
])('with %s the certificate decides', async (_, fields, expected) => {
  expect(await answers('app', fields)).toEqual([expected, expected]);
  expect(await answers('app')).toEqual(['app', 'app']);
});

function names(...hostnames: readonly string[]): object {
  return { subjectAltNames: hostnames.map((hostname) => ({ type: 'Hostname', hostname })) };
}

test('a backend without TLS, or of a CA that is not trusted, gets no request', async () => {
  expect(await answers('plain')).toEqual([503, 503]);
  expect(rig.backends.get('plain')?.count).toBe(0);
  await rig.backend('stranger', { tls: await serverTls(other, 'app.internal') });
  expect(await answers('stranger')).toEqual([503, 503]);
  await rig.backend('unknown', { tls: await serverTls(authority, 'app.internal') });
  const system = { wellKnownCACertificates: 'System', caCertificateRefs: [] };
  expect(await answers('unknown', system)).toEqual([503, 503]);
  for (const name of ['stranger', 'unknown']) expect(rig.backends.get(name)?.count).toBe(0);
});

test('a backend that asks for a certificate gets that of the Gateway, and the new one after a rotation', async () => {
  const leaf = await issueLeaf(authority, { kind: 'client', uri: 'spiffe://a/web' }, Date.now(), year);
  const tls = await serverTls(authority, 'app.internal');
  await rig.backend('strict', {
    tls: { ...tls, ca: authority.certificate, requestCert: true, rejectUnauthorized: true },
  });
  expect(await answers('strict')).toEqual([503, 503]);
  const listener = { name: 'http', port: rig.port, protocol: 'HTTP' };
  const backend = { clientCertificateRef: { name: 'client' } };
  rig.apply([tlsSecret('client', leaf), gateway([listener], { tls: { backend } })]);
  await rig.settled();
  await converge(async () => (await rig.answers('strict', ['/']))[0] === 'strict');
  expect(await rig.answers('app', ['/'])).toEqual(['app']);
  const stranger = await issueLeaf(other, { kind: 'client', uri: 'spiffe://a/web' }, Date.now(), year);
  const second = await rig.server('strict-second', undefined, {
    ...tls,
    ca: authority.certificate,
    requestCert: true,
    rejectUnauthorized: true,
  });
  rig.apply([tlsSecret('client', stranger)]);
  rig.pointAt('strict', [second]);
  await rig.settled();
  await converge(async () => (await rig.answers('strict', ['/']))[0] === 503);
  rig.apply([gateway([listener])], [tlsSecret('client', leaf)]);
  await rig.settled();
});

test('a policy that cannot be had closes its backend until it can', async () => {
  const caCertificateRefs = [{ group: '', kind: 'ConfigMap', name: 'missing' }];
  const served = rig.backends.get('app')?.count;
  expect(await answers('app', { caCertificateRefs })).toEqual([503, 503]);
  expect(rig.backends.get('app')?.count).toBe(served);
  expect(await answers('app')).toEqual(['app', 'app']);
});

test('the CA and the backends of it are replaced under load, by way of both CAs, without a failed request', async () => {
  await answers('app');
  const over = new AbortController();
  const failed: (string | number)[] = [];
  let sent = 0;
  const load = (async () => {
    while (!over.signal.aborted) {
      const [answer = 0] = await rig.answers('app', ['/']);
      sent++;
      if (!String(answer).startsWith('app')) failed.push(answer);
    }
  })();
  const next = await rig.server('app-next', undefined, await serverTls(other, 'app.internal'));
  const before = rig.backends.get('app');
  const updates = await rig.envoy.stats('cluster_manager.cluster_modified');
  for (const step of [[cas(authority, other)], 'move', [cas(other)]] as const) {
    if (step === 'move') rig.pointAt('app', [next]);
    else rig.apply(step);
    await rig.settled();
    const from = sent;
    await converge(() => sent > from + 20);
  }
  over.abort();
  await load;
  expect(failed).toEqual([]);
  expect(next.count).toBeGreaterThan(0);
  expect(await rig.envoy.stats('cluster_manager.cluster_modified')).toEqual(updates);
  if (before !== undefined) rig.pointAt('app', [before]);
  rig.apply([cas(authority)]);
  await rig.settled();
});
