import { expect, test } from 'vitest';
import { selfSigned } from '../rig/objects/certificate.ts';
import * as m from '../rig/objects/manifests.ts';
import {
  authority,
  backendTls,
  cas,
  cluster,
  conditions,
  context,
  plain,
  ref,
  secure,
  started,
} from '../rig/pipeline/backend-tls.ts';

test('a Service with a policy has a cluster over TLS, with the endpoints and statistics of the plain one', async () => {
  const { pipeline, client } = await started(backendTls(), cas());
  expect(client.names('CDS')).toEqual([secure]);
  expect(client.names('EDS')).toEqual(['default/app/80']);
  expect(client.names('SDS')).toEqual(['default/policy/backends']);
  expect(cluster(client)).toMatchObject({
    altStatName: plain,
    edsClusterConfig: { serviceName: 'default/app/80' },
  });
  expect(context(client)).toMatchObject({
    sni: 'app.internal',
    commonTlsContext: {
      tlsParams: { tlsMinimumProtocolVersion: 'TLSv1_2' },
      alpnProtocols: ['http/1.1'],
      combinedValidationContext: {
        defaultValidationContext: {
          matchTypedSubjectAltNames: [{ sanType: 'DNS', matcher: { exact: 'app.internal' } }],
        },
        validationContextSdsSecretConfig: { name: 'default/policy/backends' },
      },
    },
  });
  expect(JSON.stringify(client.routes('default/web/80:*'))).toContain(secure);
  expect(conditions(pipeline)).toMatchObject({
    Accepted: { status: 'True', reason: 'Accepted', observedGeneration: 7 },
    ResolvedRefs: { status: 'True', reason: 'ResolvedRefs' },
  });
});

test('a policy that comes and goes moves the route, cluster first, and never sends in clear text between', async () => {
  const { pipeline, client } = await started(cas());
  expect(client.names('CDS')).toEqual([plain]);
  client.take();
  pipeline.apply(backendTls());
  await pipeline.settle();
  expect(client.take()).toEqual([
    `CDS ${secure}`,
    'EDS default/app/80',
    'SDS default/policy/backends',
    expect.stringMatching(/^VHDS/) as string,
  ]);
  pipeline.delete(backendTls());
  await pipeline.settle();
  // The plain cluster has not drained yet, so the proxy has it.
  expect(client.take()).toEqual([expect.stringMatching(/^VHDS/) as string]);
  await pipeline.advance(60_000);
  await pipeline.settle();
  expect(client.names('CDS')).toEqual([plain]);
  expect(pipeline.status('BackendTLSPolicy', 'policy')).toBeUndefined();
});

test('an edit of the policy is one cluster in place; new CAs are one Secret; endpoints are as without it', async () => {
  const { pipeline, client } = await started(backendTls(), cas());
  client.take();
  pipeline.apply(backendTls({ hostname: 'other.internal' }));
  await pipeline.settle();
  expect(client.take()).toEqual([`CDS ${secure}`, 'EDS default/app/80', 'SDS default/policy/backends']);
  expect(context(client)?.sni).toBe('other.internal');
  pipeline.apply(cas(selfSigned(['next.test']).certificate));
  await pipeline.settle();
  expect(client.take()).toEqual(['SDS default/policy/backends']);
  pipeline.apply(m.endpointSlice(['10.0.0.1', '10.0.0.2'], { service: 'app', portName: 'web' }));
  await pipeline.settle();
  expect(client.take()).toEqual(['EDS default/app/80']);
});

test.each<[string, object, object]>([
  [
    'names of its own',
    {
      subjectAltNames: [
        { type: 'Hostname', hostname: 'a.test' },
        { type: 'Hostname', hostname: '*.b.test' },
        { type: 'URI', uri: 'spiffe://c.test/d' },
      ],
    },
    [
      { sanType: 'DNS', matcher: { exact: 'a.test' } },
      { sanType: 'DNS', matcher: { suffix: '.b.test', ignoreCase: true } },
      { sanType: 'URI', matcher: { exact: 'spiffe://c.test/d' } },
    ],
  ],
  ['no names', {}, [{ sanType: 'DNS', matcher: { exact: 'app.internal' } }]],
])(
  'with %s the certificate has to have one of them, and the SNI is the hostname',
  async (_, fields, names) => {
    const { client } = await started(backendTls(fields), cas());
    expect(context(client)).toMatchObject({
      sni: 'app.internal',
      commonTlsContext: {
        combinedValidationContext: { defaultValidationContext: { matchTypedSubjectAltNames: names } },
      },
    });
  },
);

test('CAs come from the system, a ClusterTrustBundle or a Secret', async () => {
  const system = { caCertificateRefs: undefined, wellKnownCACertificates: 'System' };
  const { pipeline, client } = await started(backendTls(system));
  const trusted = () => JSON.stringify(client.json('SDS', 'default/policy/backends'));
  expect(trusted()).toContain('"filename":"/etc/ssl/certs/ca-certificates.crt"');
  const bundle = ref('cas', { group: 'certificates.k8s.io', kind: 'ClusterTrustBundle' });
  pipeline.apply(backendTls({ caCertificateRefs: [bundle] }), m.clusterTrustBundle(authority, 'cas'));
  await pipeline.settle();
  expect(trusted()).toContain(Buffer.from(authority).toString('base64'));
  expect(conditions(pipeline)).toMatchObject({ ResolvedRefs: { status: 'True' } });
});

test.each([
  ['kubernetes.io/h2c', 'http2', 'h2'],
  ['https', 'http1', 'http/1.1'],
  ['kubernetes.io/wss', 'http1', 'http/1.1'],
])('a port of appProtocol %s is spoken to in %s', async (appProtocol, protocol, alpn) => {
  const { client } = await started(
    m.service('app', { port: { name: 'web', appProtocol } }),
    backendTls(),
    cas(),
  );
  const name = `default/app/80/${protocol}/tls`;
  expect(context(client, name)?.commonTlsContext.alpnProtocols).toEqual([alpn]);
});

test('an external processor is spoken to over TLS as well', async () => {
  const { client } = await started(
    backendTls(),
    cas(),
    m.extensionPolicy({
      targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'route' }],
      extProc: [{ backendRefs: [{ name: 'app', port: 80 }] }],
    }),
  );
  expect(client.names('CDS')).toEqual([secure, 'default/app/80/http2/tls']);
  expect(JSON.stringify(client.json('CDS', 'default/app/80/http2/tls'))).toContain('"h2"');
});
