import { expect, test } from 'vitest';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline, type Condition } from '../rig/pipeline/pipeline.ts';

const ref = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'proxy' };
const own = 'default/app/80/http1/tls/default/web';
const plain = 'default/app/80/http1/tls';

const base = [
  m.gatewayClass(),
  m.gateway([m.httpListener({ port: 8080 })], { name: 'second' }),
  web(),
  m.httpRoute([{ backendRefs: [m.backend()] }], { parentRefs: [{ name: 'web' }, { name: 'second' }] }),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
  m.policy('BackendTLSPolicy', {
    targetRefs: [{ group: '', kind: 'Service', name: 'app' }],
    validation: { hostname: 'app.internal', wellKnownCACertificates: 'System' },
  }),
  tlsSecret('proxy-cert', selfSigned(['proxy.test'])),
  tlsSecret('gateway-cert', selfSigned(['gateway.test'])),
];

test('every setting reaches the clusters over TLS of that Gateway, and of no other', async () => {
  const pipeline = await Pipeline.started([
    ...base,
    settings({
      clientCertificateRef: { name: 'proxy-cert' },
      minVersion: '1.1',
      maxVersion: '1.2',
      ciphers: ['ECDHE-RSA-AES128-GCM-SHA256'],
      ecdhCurves: ['X25519', 'P-256'],
      signatureAlgorithms: ['rsa_pss_rsae_sha256'],
      alpnProtocols: ['http/1.1', 'http/1.0'],
    }),
  ]);
  const client = await pipeline.connected();
  expect(client.names('CDS')).toEqual([own]);
  expect(context(client.json('CDS', own))).toMatchObject({
    tlsParams: {
      tlsMinimumProtocolVersion: 'TLSv1_1',
      tlsMaximumProtocolVersion: 'TLSv1_2',
      cipherSuites: ['ECDHE-RSA-AES128-GCM-SHA256'],
      ecdhCurves: ['X25519', 'P-256'],
      signatureAlgorithms: ['rsa_pss_rsae_sha256'],
    },
    alpnProtocols: ['http/1.1', 'http/1.0'],
    tlsCertificateSdsSecretConfigs: [{ name: 'default/proxy-cert' }],
  });
  expect(client.names('SDS')).toContain('default/proxy-cert');
  const second = await pipeline.connected({ gateway: 'default/second' });
  expect(second.names('CDS')).toEqual([plain]);
});

test('an edit changes the clusters in place, and no route', async () => {
  const pipeline = await Pipeline.started([...base, settings({ minVersion: '1.2' })]);
  const client = await pipeline.connected();
  client.take();
  pipeline.apply(settings({ minVersion: '1.3' }));
  await pipeline.settle();
  // Resources that the new cluster names are sent again behind it.
  expect(client.take()).toEqual([`CDS ${own}`, 'EDS default/app/80', 'SDS default/policy/backends']);
});

test('its certificate comes before that of the Gateway, which is shown without one', async () => {
  const tls = { backend: { clientCertificateRef: { name: 'gateway-cert' } } };
  const pipeline = await Pipeline.started([
    ...base,
    web({ tls }),
    settings({ clientCertificateRef: { name: 'proxy-cert' } }),
  ]);
  const client = await pipeline.connected();
  expect(JSON.stringify(client.json('CDS', own))).toContain('"name":"default/proxy-cert"');
  pipeline.apply(settings({ alpnProtocols: [] }));
  await pipeline.settle();
  expect(JSON.stringify(client.json('CDS', own))).toContain('"name":"default/gateway-cert"');
  expect(context(client.json('CDS', own))).not.toHaveProperty('alpnProtocols');
});

test.each([
  ['no Secret', { name: 'missing' }, 'name: Secret default/missing does not exist'],
  ['another kind', { name: 'proxy-cert', kind: 'ConfigMap' }, 'kind: ConfigMap is not supported'],
  [
    'another namespace',
    { name: 'proxy-cert', namespace: 'other' },
    'namespace: must be that of the EnvoyProxy',
  ],
])('with a reference to %s, backends over TLS get no requests', async (_, clientCertificateRef, message) => {
  const pipeline = await Pipeline.started([...base, settings({ clientCertificateRef })]);
  const client = await pipeline.connected();
  expect(client.json('CDS', own)['transportSocket']).toBeUndefined();
  expect(client.json('CDS', own)['type']).toBe('STATIC');
  const problem = `EnvoyProxy default/proxy: spec.backendTLS.clientCertificateRef.${message}`;
  expect(condition(pipeline, 'ResolvedRefs')).toMatchObject({
    status: 'False',
    reason: 'InvalidClientCertificateRef',
    message: expect.stringContaining(problem) as string,
  });
});

test.each([
  ['a version', { minVersion: '1.4' }, 'minVersion'],
  ['an empty range', { minVersion: '1.3', maxVersion: '1.2' }, 'maxVersion'],
  ['a range below the least version', { maxVersion: '1.1' }, 'maxVersion'],
  ['a cipher', { ciphers: ['RC4'] }, 'ciphers[0]'],
  ['a group with such a cipher', { ciphers: ['[AES128-SHA|RC4]'] }, 'ciphers[0]'],
  ['a curve', { ecdhCurves: ['P-1'] }, 'ecdhCurves[0]'],
  ['an algorithm', { signatureAlgorithms: ['md5'] }, 'signatureAlgorithms[0]'],
])('with %s that Envoy does not know, no request is sent over TLS', async (_, spec, path) => {
  const pipeline = await Pipeline.started([...base, settings({ minVersion: '1.3' })]);
  const client = await pipeline.connected();
  expect(client.json('CDS', own)).toHaveProperty('transportSocket');
  pipeline.apply(settings(spec));
  await pipeline.settle();
  expect(client.json('CDS', own)).not.toHaveProperty('transportSocket');
  expect(client.json('CDS', own)).not.toHaveProperty('edsClusterConfig');
  expect(condition(pipeline, 'Accepted')).toMatchObject({
    status: 'False',
    reason: 'InvalidParameters',
    message: expect.stringContaining(`spec.backendTLS.${path}: `) as string,
  });
});

function web(fields: object = {}): object {
  return m.gateway([m.httpListener()], { infrastructure: { parametersRef: ref }, ...fields });
}

function settings(backendTLS: object): object {
  return m.envoyProxy({ backendTLS });
}

function context(cluster: Readonly<Record<string, unknown>>): unknown {
  const { transportSocket } = cluster as {
    readonly transportSocket: { readonly typedConfig: { readonly commonTlsContext: object } };
  };
  return transportSocket.typedConfig.commonTlsContext;
}

function condition(pipeline: Pipeline, wanted: string): Condition | undefined {
  const { conditions } = pipeline.status('Gateway', 'web') as { conditions: readonly Condition[] };
  return conditions.find(({ type }) => type === wanted);
}
