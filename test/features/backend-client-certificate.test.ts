import { expect, test } from 'vitest';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline, type Condition } from '../rig/pipeline/pipeline.ts';

const own = tlsSecret('client', selfSigned(['web.test']));
const secure = m.policy('BackendTLSPolicy', {
  targetRefs: [{ group: '', kind: 'Service', name: 'app' }],
  validation: { hostname: 'app.internal', wellKnownCACertificates: 'System' },
});
const shown = 'default/app/80/http1/tls/default/web';
const other = 'default/app/80/http1/tls';

function web(clientCertificateRef?: object): object {
  const tls = clientCertificateRef === undefined ? {} : { tls: { backend: { clientCertificateRef } } };
  return m.gateway([m.httpListener()], tls);
}

const base = [
  m.gatewayClass(),
  m.gateway([m.httpListener({ port: 8080 })], { name: 'second' }),
  m.httpRoute([{ backendRefs: [m.backend()] }], { parentRefs: [{ name: 'web' }, { name: 'second' }] }),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
  secure,
];

function resolved(pipeline: Pipeline): Condition | undefined {
  const { conditions } = pipeline.status('Gateway', 'web') as { conditions: readonly Condition[] };
  return conditions.find(({ type }) => type === 'ResolvedRefs');
}

test('a Gateway shows its certificate to backends over TLS by clusters of its own, with the same endpoints', async () => {
  const pipeline = await Pipeline.started([...base, web({ name: 'client' }), own]);
  const client = await pipeline.connected();
  expect(client.names('CDS')).toEqual([shown]);
  expect(client.names('EDS')).toEqual(['default/app/80']);
  expect(client.names('SDS')).toEqual(['default/client', 'default/policy/backends']);
  expect(JSON.stringify(client.json('CDS', shown))).toContain(
    '"tlsCertificateSdsSecretConfigs":[{"name":"default/client"',
  );
  expect(resolved(pipeline)).toMatchObject({ status: 'True', reason: 'ResolvedRefs' });
  const neighbour = await pipeline.connected({ gateway: 'default/second' });
  expect(neighbour.names('CDS')).toEqual([other]);
  expect(neighbour.names('SDS')).toEqual(['default/policy/backends']);
});

test('a new certificate is one Secret; a reference to another one is the cluster in place', async () => {
  const next = tlsSecret('next', selfSigned(['web.test']));
  const pipeline = await Pipeline.started([...base, web({ name: 'client' }), own, next]);
  const client = await pipeline.connected();
  client.take();
  pipeline.apply(tlsSecret('client', selfSigned(['web.test'])));
  await pipeline.settle();
  expect(client.take()).toEqual(['SDS default/client']);
  pipeline.apply(web({ name: 'next' }));
  await pipeline.settle();
  expect(client.names('CDS')).toEqual([shown]);
  expect(JSON.stringify(client.json('CDS', shown))).toContain('"name":"default/next"');
  pipeline.apply(web());
  await pipeline.settle();
  expect(JSON.stringify(client.routes('default/web/80:*'))).toContain(`"${other}"`);
  expect(resolved(pipeline)).toBeUndefined();
});

test.each<[string, object, string]>([
  ['no Secret', { name: 'missing' }, 'InvalidClientCertificateRef'],
  ['another kind', { name: 'client', kind: 'ConfigMap' }, 'InvalidClientCertificateRef'],
  ['another group', { name: 'client', group: 'example.com' }, 'InvalidClientCertificateRef'],
  ['another namespace', { name: 'client', namespace: 'other' }, 'RefNotPermitted'],
])('with a reference to %s, backends over TLS get no requests, and others do', async (_, ref, reason) => {
  const pipeline = await Pipeline.started([
    ...base,
    web(ref),
    own,
    m.service('plain'),
    m.httpRoute([{ backendRefs: [m.backend('plain')] }], { name: 'plain', hostnames: ['plain.test'] }),
  ]);
  const client = await pipeline.connected();
  expect(client.names('CDS')).toEqual([shown, 'default/plain/80/http1']);
  const clusters = client.names('CDS').map((name) => client.json('CDS', name)['type']);
  expect(clusters).toEqual(['STATIC', 'EDS']);
  expect(resolved(pipeline)).toMatchObject({ status: 'False', reason });
  expect(pipeline.status('Gateway', 'web')).toMatchObject({
    conditions: expect.arrayContaining([
      expect.objectContaining({ type: 'Accepted', status: 'True', reason: 'Accepted' }),
    ]) as unknown,
  });
});

test('a grant permits a certificate of another namespace, and its end closes backends again', async () => {
  const grant = m.referenceGrant(
    { group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'default' },
    { group: '', kind: 'Secret' },
    'other',
  );
  const foreign = tlsSecret('client', selfSigned(['web.test']), 'other');
  const pipeline = await Pipeline.started([
    ...base,
    web({ name: 'client', namespace: 'other' }),
    foreign,
    grant,
  ]);
  const client = await pipeline.connected();
  expect(client.names('SDS')).toEqual(['default/policy/backends', 'other/client']);
  pipeline.delete(grant);
  await pipeline.settle();
  expect(client.json('CDS', shown)['transportSocket']).toBeUndefined();
  expect(resolved(pipeline)).toMatchObject({ status: 'False', reason: 'RefNotPermitted' });
});

test('a certificate that cannot be read closes, and leaves clients’ certificates as they are', async () => {
  const pipeline = await Pipeline.started([...base, web({ name: 7 }), own]);
  const client = await pipeline.connected();
  expect(client.json('CDS', shown)['transportSocket']).toBeUndefined();
  expect(JSON.stringify(pipeline.status('Gateway', 'web'))).toContain(
    'spec.tls.backend.clientCertificateRef.name',
  );
});
