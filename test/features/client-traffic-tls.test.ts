import { beforeAll, expect, test } from 'vitest';
import { issueAuthority, type KeyPair } from '../../src/certs/issue.ts';
import * as m from '../rig/objects/manifests.ts';
import {
  ClientFixture,
  clientPolicy,
  httpsListener,
  listeners,
  toListener,
} from '../rig/pipeline/client-policy.ts';

let authority: KeyPair;
let other: KeyPair;

beforeAll(async () => {
  const now = Date.now();
  const year = 365 * 86_400_000;
  [authority, other] = await Promise.all([issueAuthority(now, year), issueAuthority(now, year)]);
});

const refs = [{ group: '', kind: 'ConfigMap', name: 'clients' }];
const own = 'default/policy/client-policy';

function trusted(...all: readonly KeyPair[]): object {
  return m.configMap({ 'ca.crt': all.map(({ certificate }) => certificate).join('') }, { name: 'clients' });
}

function mutual(fields: object = {}): object {
  return clientPolicy({ tls: { clientValidation: { caCertificateRefs: refs, ...fields } } });
}

const tlsOf = (fixture: ClientFixture) => fixture.chain(443, 'a.test').transportSocket?.typedConfig;

test('sets versions, ciphers, curves, signatures and protocols', async () => {
  const tls = {
    minVersion: '1.1',
    maxVersion: '1.2',
    ciphers: ['ECDHE-RSA-AES128-GCM-SHA256'],
    ecdhCurves: ['P-256'],
    signatureAlgorithms: ['rsa_pss_rsae_sha256'],
    alpnProtocols: ['http/1.1'],
  };
  const fixture = await ClientFixture.started([clientPolicy({ tls })]);
  expect(tlsOf(fixture)).toMatchObject({
    commonTlsContext: {
      tlsParams: {
        tlsMinimumProtocolVersion: 'TLSv1_1',
        tlsMaximumProtocolVersion: 'TLSv1_2',
        cipherSuites: ['ECDHE-RSA-AES128-GCM-SHA256'],
        ecdhCurves: ['P-256'],
        signatureAlgorithms: ['rsa_pss_rsae_sha256'],
      },
      alpnProtocols: ['http/1.1'],
    },
  });
});

test.each([
  [{}, { disableStatelessSessionResumption: true, disableStatefulSessionResumption: true }],
  [{ session: { resumption: { stateless: {} } } }, { disableStatefulSessionResumption: true }],
  [{ session: { resumption: { stateful: {} } } }, { disableStatelessSessionResumption: true }],
])('sessions of %j', async (tls, expected) => {
  const fixture = await ClientFixture.started([clientPolicy({ tls })]);
  const { disableStatelessSessionResumption, disableStatefulSessionResumption } = tlsOf(fixture) ?? {};
  expect(
    JSON.parse(JSON.stringify({ disableStatelessSessionResumption, disableStatefulSessionResumption })),
  ).toEqual(expected);
});

test('a policy without TLS leaves TLS as it is', async () => {
  const plain = tlsOf(await ClientFixture.started([]));
  expect(tlsOf(await ClientFixture.started([clientPolicy({ scheme: 'MatchBackend' })]))).toEqual(plain);
});

test.each([
  ['RequireAndVerify', true, undefined],
  ['VerifyIfGiven', false, undefined],
  ['RequireAny', true, 'ACCEPT_UNTRUSTED'],
  ['Request', false, 'ACCEPT_UNTRUSTED'],
])('mode %s', async (mode, isRequired, verification) => {
  const fixture = await ClientFixture.started([mutual({ mode }), trusted(authority)]);
  expect(tlsOf(fixture)).toMatchObject({
    commonTlsContext: { validationContextSdsSecretConfig: { name: own } },
    requireClientCertificate: isRequired,
  });
  const secret = fixture.client.json('SDS', own) as { validationContext: Record<string, unknown> };
  expect(secret.validationContext['trustChainVerification']).toBe(verification);
});

test('checks hashes and names, by SDS alone', async () => {
  const fixture = await ClientFixture.started([mutual(), trusted(authority)]);
  const { pipeline, client } = fixture;
  const spki = `${'A'.repeat(43)}=`;
  const hash = 'ab'.repeat(32);
  pipeline.apply(
    mutual({
      spkiHashes: [spki],
      certificateHashes: [hash],
      allowExpiredCertificate: true,
      subjectAltNames: {
        dnsNames: [{ value: 'a.test' }],
        emailAddresses: [{ type: 'Suffix', value: '@a.test' }],
        ipAddresses: [{ value: '10.0.0.1' }],
        uris: [{ type: 'Prefix', value: 'spiffe://a/' }],
        otherNames: [{ oid: '1.3.6.1', type: 'RegularExpression', value: 'a.*' }],
      },
    }),
  );
  await pipeline.drain();
  expect(client.take()).toEqual([`SDS ${own}`]);
  expect(client.json('SDS', own)).toMatchObject({
    validationContext: {
      verifyCertificateSpki: [spki],
      verifyCertificateHash: [hash],
      allowExpiredCertificate: true,
      matchTypedSubjectAltNames: [
        { sanType: 'DNS', matcher: { exact: 'a.test' } },
        { sanType: 'EMAIL', matcher: { suffix: '@a.test' } },
        { sanType: 'IP_ADDRESS', matcher: { exact: '10.0.0.1' } },
        { sanType: 'URI', matcher: { prefix: 'spiffe://a/' } },
        { sanType: 'OTHER_NAME', oid: '1.3.6.1', matcher: { safeRegex: { regex: 'a.*' } } },
      ],
    },
  });
});

test('a bad CA takes nothing from the others, and has a warning; without any no client is let in', async () => {
  const two = [...refs, { group: '', kind: 'ConfigMap', name: 'gone' }];
  const policy = mutual({ caCertificateRefs: two });
  const fixture = await ClientFixture.started([policy, trusted(authority)]);
  const { pipeline, client } = fixture;
  expect(fixture.condition('Accepted')).toMatchObject({ status: 'True' });
  expect(fixture.condition('Warning')).toMatchObject({
    reason: 'Warnings',
    message: expect.stringContaining(
      'caCertificateRefs[1].name: ConfigMap default/gone does not exist',
    ) as unknown,
  });
  pipeline.delete(trusted(authority));
  await pipeline.drain();
  expect(client.names('LDS')).not.toContain('default/web/443');
  expect(fixture.condition('Accepted')).toMatchObject({ status: 'False', reason: 'Invalid' });
  pipeline.apply(trusted(other));
  await pipeline.drain();
  expect(client.names('LDS')).toContain('default/web/443');
});

test('a CA of an opaque Secret', async () => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'clients', namespace: 'default' },
    type: 'Opaque',
    stringData: { 'ca.crt': authority.certificate },
  };
  const fixture = await ClientFixture.started([mutual({ caCertificateRefs: [{ name: 'clients' }] }), secret]);
  expect(fixture.client.names('SDS')).toContain(own);
});

/** The outline of a list, which Envoy alone reads to the end. */
const list = `-----BEGIN X509 CRL-----\n${Buffer.from([0x30, 7, 0x30, 0, 0x30, 0, 0x03, 1, 0]).toString('base64')}\n-----END X509 CRL-----\n`;

function revoked(text: string): object {
  return m.configMap({ 'ca.crl': text }, { name: 'revoked' });
}

test('a revocation list comes with the CAs; without a whole one no client is let in', async () => {
  const crl = { refs: [{ kind: 'ConfigMap', name: 'revoked' }], onlyVerifyLeafCertificate: true };
  const fixture = await ClientFixture.started([mutual({ crl }), trusted(authority), revoked(list)]);
  const { pipeline, client } = fixture;
  expect(client.json('SDS', own)).toMatchObject({
    validationContext: { crl: { inlineBytes: expect.any(String) as unknown }, onlyVerifyLeafCertCrl: true },
  });
  for (const broken of ['none', list.replace('MA', 'AA')]) {
    pipeline.apply(revoked(broken));
    await pipeline.drain();
    expect(client.names('LDS')).not.toContain('default/web/443');
    expect(fixture.condition('Accepted')).toMatchObject({ status: 'False', reason: 'Invalid' });
  }
  pipeline.apply(revoked(list));
  await pipeline.drain();
  expect(client.names('LDS')).toContain('default/web/443');
});

test.each([
  [{ mode: 'RequireAndVerify', caCertificateRefs: [] }, 'caCertificateRefs'],
  [{ mode: 'RequireAny', caCertificateRefs: [] }, 'caCertificateRefs'],
  [{ mode: 'Request', allowExpiredCertificate: true }, 'allowExpiredCertificate'],
  [{ spkiHashes: ['short'] }, 'spkiHashes[0]'],
  [{ novelty: true }, 'clientValidation'],
])('%j closes with 500', async (fields, path) => {
  const fixture = await ClientFixture.started([mutual(fields), trusted(authority)]);
  expect(fixture.isClosed(443, 'a.test')).toBe(true);
  expect(fixture.condition('Accepted')?.message).toContain(path);
});

test('the policy’s validation replaces the Gateway’s, but not for a policy of another namespace', async () => {
  const frontend = { default: { validation: { caCertificateRefs: refs } } };
  const gateway = m.gateway(listeners, { tls: { frontend } });
  const fixture = await ClientFixture.started(
    [trusted(authority), mutual({ mode: 'VerifyIfGiven' })],
    gateway,
  );
  expect(tlsOf(fixture)).toMatchObject({ requireClientCertificate: false });
  const { pipeline } = fixture;
  pipeline.replace(
    [mutual()],
    [
      m.policy(
        'ClientTrafficPolicy',
        {
          targetSelectors: [{ kind: 'Gateway', matchLabels: {}, namespaces: { from: 'All' } }],
          tls: { clientValidation: { mode: 'Request' } },
        },
        { namespace: 'other' },
      ),
      m.referenceGrant(
        { group: 'gateway.envoyproxy.io', kind: 'ClientTrafficPolicy', namespace: 'other' },
        { group: 'gateway.networking.k8s.io', kind: 'Gateway' },
        'default',
      ),
    ],
  );
  await pipeline.drain();
  expect(tlsOf(fixture)).toMatchObject({ requireClientCertificate: true });
});

test('only the listeners of the policy ask for certificates', async () => {
  const policy = clientPolicy({
    targetRefs: [toListener('a')],
    tls: { clientValidation: { caCertificateRefs: refs } },
  });
  const fixture = await ClientFixture.started(
    [policy, trusted(authority)],
    m.gateway([httpsListener('a', 'a.test'), httpsListener('b', 'b.test')]),
  );
  expect(tlsOf(fixture)).toHaveProperty('requireClientCertificate', true);
  expect(fixture.chain(443, 'b.test').transportSocket?.typedConfig).not.toHaveProperty(
    'requireClientCertificate',
  );
});
