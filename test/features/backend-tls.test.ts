import { expect, test } from 'vitest';
import { selfSigned } from '../rig/objects/certificate.ts';
import * as m from '../rig/objects/manifests.ts';
import type { DeltaClient } from '../rig/xds/delta-client.ts';
import { Pipeline, type Condition } from '../rig/pipeline/pipeline.ts';

const authority = selfSigned(['ca.test']).certificate;
const cas = (text = authority, name = 'cas') => m.configMap({ 'ca.crt': text }, { name });
const ref = (name = 'cas', fields: object = {}) => ({ group: '', kind: 'ConfigMap', name, ...fields });
const toApp = { group: '', kind: 'Service', name: 'app' };
const validation = (fields: object = {}) => ({
  hostname: 'app.internal',
  caCertificateRefs: [ref()],
  ...fields,
});

function backendTls(fields: object = {}, metadata: object = {}, ...targets: readonly object[]): object {
  const targetRefs = targets.length === 0 ? [toApp] : targets;
  return m.policy('BackendTLSPolicy', { targetRefs, validation: validation(fields) }, metadata);
}

const app = m.service('app', { port: { name: 'web' } });
const endpoints = m.endpointSlice(['10.0.0.1'], { service: 'app', portName: 'web' });
const base = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  m.httpRoute([{ backendRefs: [m.backend()] }]),
  app,
  endpoints,
];
const secure = 'default/app/80/http1/tls';
const plain = 'default/app/80/http1';

interface ClusterJson {
  readonly type: string;
  readonly altStatName: string;
  readonly edsClusterConfig?: { readonly serviceName: string };
  readonly transportSocket?: {
    readonly typedConfig: {
      readonly sni: string;
      readonly commonTlsContext: {
        readonly alpnProtocols: readonly string[];
        readonly combinedValidationContext: {
          readonly defaultValidationContext: object;
          readonly validationContextSdsSecretConfig: { readonly name: string };
        };
      };
    };
  };
}

const cluster = (client: DeltaClient, name = secure) => client.json('CDS', name) as unknown as ClusterJson;
const context = (client: DeltaClient, name = secure) => cluster(client, name).transportSocket?.typedConfig;

function conditions(pipeline: Pipeline, name = 'policy'): Record<string, Condition> {
  const status = pipeline.status('BackendTLSPolicy', name) as
    | { ancestors: readonly { conditions: readonly Condition[] }[] }
    | undefined;
  return Object.fromEntries((status?.ancestors[0]?.conditions ?? []).map((found) => [found.type, found]));
}

async function started(...manifests: readonly object[]) {
  const pipeline = await Pipeline.started([...base, ...manifests]);
  return { pipeline, client: await pipeline.connected() };
}

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

test.each<[string, object, string, string]>([
  ['no object', { caCertificateRefs: [ref('gone')] }, 'NoValidCACertificate', 'InvalidCACertificateRef'],
  [
    'no certificate',
    { caCertificateRefs: [ref('empty')] },
    'NoValidCACertificate',
    'InvalidCACertificateRef',
  ],
  [
    'another kind',
    { caCertificateRefs: [ref('cas', { kind: 'Service' })] },
    'NoValidCACertificate',
    'InvalidKind',
  ],
  [
    'unknown well-known CAs',
    { caCertificateRefs: undefined, wellKnownCACertificates: 'example.com/mine' },
    'Invalid',
    'ResolvedRefs',
  ],
  ['no CAs at all', { caCertificateRefs: [] }, 'Invalid', 'ResolvedRefs'],
  ['a hostname that is none', { hostname: '10.0.0.1' }, 'Invalid', 'ResolvedRefs'],
  ['a name without its text', { subjectAltNames: [{ type: 'URI' }] }, 'Invalid', 'ResolvedRefs'],
])('a policy with %s closes its backends, and nothing else', async (_, fields, reason, refs) => {
  const { pipeline, client } = await started(
    backendTls(fields),
    cas(),
    cas('', 'empty'),
    m.service('far'),
    m.httpRoute([{ backendRefs: [m.backend('far')] }], { name: 'other', hostnames: ['other.test'] }),
  );
  expect(cluster(client)).toMatchObject({ name: secure });
  expect(cluster(client).edsClusterConfig).toBeUndefined();
  expect(cluster(client).transportSocket).toBeUndefined();
  expect(cluster(client, 'default/far/80/http1').edsClusterConfig).toBeDefined();
  expect(conditions(pipeline)).toMatchObject({
    Accepted: { status: 'False', reason },
    ResolvedRefs: { status: refs === 'ResolvedRefs' ? 'True' : 'False', reason: refs },
  });
  pipeline.apply(backendTls());
  await pipeline.settle();
  expect(context(client)?.sni).toBe('app.internal');
  expect(conditions(pipeline)).toMatchObject({ Accepted: { status: 'True' } });
});

test('one good reference beside a bad one is enough, and the bad one is said', async () => {
  const refs = { caCertificateRefs: [ref('gone'), ref()] };
  const { pipeline, client } = await started(backendTls(refs), cas());
  expect(context(client)?.sni).toBe('app.internal');
  expect(conditions(pipeline)).toMatchObject({
    Accepted: { status: 'True' },
    ResolvedRefs: {
      status: 'False',
      reason: 'InvalidCACertificateRef',
      message: 'spec.validation.caCertificateRefs[0].name: ConfigMap default/gone does not exist',
    },
  });
});

test('the oldest policy of a target is in force; the other says Conflicted', async () => {
  const older = { name: 'b', creationTimestamp: '2026-01-01T00:00:00Z' };
  const newer = { name: 'a', creationTimestamp: '2026-01-02T00:00:00Z' };
  const first = backendTls({ hostname: 'older.internal' }, older);
  const { pipeline, client } = await started(first, backendTls({}, newer), cas());
  expect(context(client)?.sni).toBe('older.internal');
  expect(conditions(pipeline, 'b')).toMatchObject({ Accepted: { status: 'True' } });
  expect(conditions(pipeline, 'a')).toMatchObject({
    Accepted: {
      status: 'False',
      reason: 'Conflicted',
      message: expect.stringContaining('default/b') as string,
    },
  });
  client.take();
  pipeline.delete(first);
  await pipeline.settle();
  expect(client.take()).toContain(`CDS ${secure}`);
  expect(context(client)?.sni).toBe('app.internal');
  expect(conditions(pipeline, 'a')).toMatchObject({ Accepted: { status: 'True' } });
});

test('a policy for one port is before that of the whole Service, whatever their age', async () => {
  const older = { name: 'whole', creationTimestamp: '2026-01-01T00:00:00Z' };
  const newer = { name: 'port', creationTimestamp: '2026-01-02T00:00:00Z' };
  const { pipeline, client } = await started(
    backendTls({ hostname: 'whole.internal' }, older),
    backendTls({ hostname: 'port.internal' }, newer, { ...toApp, sectionName: 'web' }),
    cas(),
  );
  expect(context(client)?.sni).toBe('port.internal');
  for (const name of ['whole', 'port'])
    expect(conditions(pipeline, name)).toMatchObject({ Accepted: { status: 'True' } });
});

test('a policy for another port leaves a port in clear text, and says which port is missing', async () => {
  const { pipeline, client } = await started(backendTls({}, {}, { ...toApp, sectionName: 'other' }), cas());
  expect(client.names('CDS')).toEqual([plain]);
  expect(conditions(pipeline)).toMatchObject({
    Accepted: { status: 'False', reason: 'TargetNotFound' },
  });
});

test('options and targets of other kinds are said', async () => {
  const { pipeline } = await started(
    m.policy('BackendTLSPolicy', {
      targetRefs: [toApp, { group: 'example.com', kind: 'Backend', name: 'x' }],
      validation: validation(),
      options: { 'example.com/tls': '1.3' },
    }),
    cas(),
  );
  expect(conditions(pipeline)).toMatchObject({
    Accepted: {
      status: 'True',
      message: expect.stringContaining('spec.targetRefs[1].kind: example.com/Backend') as string,
    },
    'sluice.dev/OptionsNotSupported': {
      status: 'True',
      message: 'spec.options: example.com/tls: not supported, without effect',
    },
  });
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
