import { expect, test } from 'vitest';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

const authority = () => selfSigned(['ca.test']).certificate;
const ref = (name: string, fields: object = {}): object => ({
  group: '',
  kind: 'ConfigMap',
  name,
  ...fields,
});
const validation = (...caCertificateRefs: readonly object[]): object => ({
  validation: { caCertificateRefs },
});

function https(port: number): object {
  return { name: `s${port}`, port, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'tls' }] } };
}

function gateway(frontend: object): object {
  return m.gateway([https(443), https(8443), m.httpListener()], { tls: { frontend } });
}

function inMode(mode: string): object {
  return gateway({ default: { validation: { caCertificateRefs: [ref('clients')], mode } } });
}

const clients = m.configMap({ 'ca.crt': authority() }, { name: 'clients' });
const base = [m.gatewayClass(), tlsSecret('tls', selfSigned(['a.test']))];

test('the CAs come by SDS under one name for all ports without a validation of their own', async () => {
  const perPort = [{ port: 8443, tls: validation(ref('clients')) }];
  const pipeline = await Pipeline.started([
    ...base,
    gateway({ default: validation(ref('clients')), perPort }),
    clients,
  ]);
  const client = await pipeline.connected();
  expect(client.names('SDS')).toEqual([
    'default/tls',
    'default/web/clients/8443',
    'default/web/clients/default',
  ]);
  const listener = JSON.stringify(client.json('LDS', 'default/web/443'));
  expect(listener).toContain('"requireClientCertificate":true');
  expect(listener).toContain('default/web/clients/default');
  expect(JSON.stringify(client.json('LDS', 'default/web/80'))).not.toContain('clients');
});

test('a rotated CA is an SDS update and nothing else', async () => {
  const pipeline = await Pipeline.started([
    ...base,
    gateway({ default: validation(ref('clients')) }),
    clients,
  ]);
  const client = await pipeline.connected();
  pipeline.apply(m.configMap({ 'ca.crt': authority() }, { name: 'clients' }));
  await pipeline.drain();
  expect(client.take()).toEqual(['SDS default/web/clients/default']);
});

test('several references are one bundle, each certificate once, and a bad one among them is said', async () => {
  const [one, two] = [authority(), authority()];
  const refs = [ref('one'), ref('both'), ref('gone')];
  const pipeline = await Pipeline.started([
    ...base,
    gateway({ default: validation(...refs) }),
    m.configMap({ 'ca.crt': one }, { name: 'one' }),
    m.configMap({ 'ca.crt': `# comment\n${two}\n${one}` }, { name: 'both' }),
  ]);
  const client = await pipeline.connected();
  const secret = client.json('SDS', 'default/web/clients/default') as {
    readonly validationContext: { readonly trustedCa: { readonly inlineBytes: string } };
  };
  const bundle = Buffer.from(secret.validationContext.trustedCa.inlineBytes, 'base64').toString();
  expect(bundle).toBe(one + two);
  expect(pipeline.listenerConditions('s443')).toMatchObject({
    Accepted: { status: 'True' },
    ResolvedRefs: {
      status: 'False',
      reason: 'InvalidCACertificateRef',
      message: expect.stringMatching(
        /^spec\.tls\.frontend\.default\.validation\.caCertificateRefs\[2\]\.name: /,
      ),
    },
  });
});

test.each([
  ['no object', [ref('gone')], 'InvalidCACertificateRef'],
  ['an object without a certificate', [ref('empty')], 'InvalidCACertificateRef'],
  ['a malformed certificate', [ref('broken')], 'InvalidCACertificateRef'],
  ['another kind', [ref('clients', { kind: 'Service' })], 'InvalidCACertificateKind'],
  ['another group', [ref('clients', { group: 'example.com' })], 'InvalidCACertificateKind'],
  ['another namespace without a grant', [ref('clients', { namespace: 'other' })], 'RefNotPermitted'],
])('a reference to %s closes the listeners that it covers, and no other', async (_, refs, reason) => {
  const perPort = [{ port: 8443, tls: {} }];
  const pipeline = await Pipeline.started([
    ...base,
    gateway({ default: validation(...refs), perPort }),
    clients,
    m.configMap({ 'ca.crt': authority() }, { name: 'clients', namespace: 'other' }),
    m.configMap({ other: 'x' }, { name: 'empty' }),
    m.configMap(
      { 'ca.crt': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' },
      { name: 'broken' },
    ),
  ]);
  const client = await pipeline.connected();
  expect(client.names('LDS')).toEqual(['default/web/80', 'default/web/8443']);
  expect(client.names('SDS')).toEqual(['default/tls']);
  expect(pipeline.listenerConditions('s443')).toMatchObject({
    Accepted: { status: 'False', reason: 'NoValidCACertificate', observedGeneration: 3 },
    ResolvedRefs: { status: 'False', reason, observedGeneration: 3 },
    Programmed: { status: 'False', reason: 'Invalid' },
  });
  for (const name of ['s8443', 'http']) {
    expect(pipeline.listenerConditions(name)).toMatchObject({
      Accepted: { status: 'True' },
      ResolvedRefs: { status: 'True' },
    });
  }
  expect(pipeline.status('Gateway', 'web')).toMatchObject({
    conditions: expect.arrayContaining([
      expect.objectContaining({ type: 'Accepted', status: 'True', reason: 'ListenersNotValid' }),
    ]),
  });
});

test('a ReferenceGrant and a Secret with a CA are as good, and come and go as events', async () => {
  const secret = tlsSecret('clients', selfSigned(['x.test']), 'other');
  const withAuthority = {
    ...secret,
    data: { ...secret.data, 'ca.crt': Buffer.from(authority()).toString('base64') },
  };
  const refs = [ref('clients', { kind: 'Secret', namespace: 'other' })];
  const grant = m.referenceGrant(
    { group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'default' },
    { group: '', kind: 'Secret' },
    'other',
  );
  const pipeline = await Pipeline.started([
    ...base,
    gateway({ default: validation(...refs) }),
    withAuthority,
    grant,
  ]);
  const client = await pipeline.connected();
  expect(client.names('LDS')).toContain('default/web/443');
  pipeline.delete(grant);
  await pipeline.settle();
  expect(client.names('LDS')).toEqual(['default/web/80']);
  pipeline.apply(grant);
  await pipeline.settle();
  expect(client.names('LDS')).toContain('default/web/443');
  expect(client.names('SDS')).toContain('default/web/clients/default');
});

test('the CAs of a ClusterTrustBundle are as good, and only without a namespace', async () => {
  const bundle = { group: 'certificates.k8s.io', kind: 'ClusterTrustBundle' };
  const pipeline = await Pipeline.started([
    ...base,
    gateway({ default: validation(ref('cas', bundle)) }),
    m.clusterTrustBundle(authority(), 'cas'),
  ]);
  const client = await pipeline.connected();
  expect(client.names('LDS')).toContain('default/web/443');
  expect(client.names('SDS')).toContain('default/web/clients/default');
  pipeline.apply(m.clusterTrustBundle('none', 'cas'));
  await pipeline.settle();
  expect(client.names('LDS')).toEqual(['default/web/80']);
  expect(JSON.stringify(pipeline.listenerConditions('s443'))).toContain(
    'ClusterTrustBundle cas: spec.trustBundle holds no PEM certificate',
  );
  pipeline.apply(m.clusterTrustBundle(authority(), 'cas'));
  pipeline.apply(gateway({ default: validation(ref('cas', { ...bundle, namespace: 'default' })) }));
  await pipeline.settle();
  expect(client.names('LDS')).toEqual(['default/web/80']);
  expect(JSON.stringify(pipeline.listenerConditions('s443'))).toContain('must not be given');
});

test('AllowInsecureFallback is said of the Gateway for as long as it is there', async () => {
  const pipeline = await Pipeline.started([...base, inMode('AllowInsecureFallback'), clients]);
  const client = await pipeline.connected();
  const said = () => JSON.stringify(pipeline.status('Gateway', 'web'));
  expect(said()).toContain('"type":"InsecureFrontendValidationMode","status":"True"');
  const [listener, authorities] = [
    JSON.stringify(client.json('LDS', 'default/web/443')),
    JSON.stringify(client.json('SDS', 'default/web/clients/default')),
  ];
  expect(listener).toContain('"requireClientCertificate":false');
  expect(authorities).toContain('ACCEPT_UNTRUSTED');
  pipeline.apply(inMode('AllowValidOnly'));
  await pipeline.settle();
  expect(said()).not.toContain('InsecureFrontendValidationMode');
});
