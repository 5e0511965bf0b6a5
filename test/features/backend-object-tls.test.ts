import { expect, test } from 'vitest';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import * as m from '../rig/objects/manifests.ts';
import { authority, cas, context, ref } from '../rig/pipeline/backend-tls.ts';
import { Pipeline, type Condition } from '../rig/pipeline/pipeline.ts';

const endpoints = [{ ip: { address: '10.1.0.1', port: 443 }, hostname: 'one.test' }];
const outside = (tls: object, fields: object = {}) => m.backendObject({ endpoints, tls, ...fields });
const toOutside = m.httpRoute([{ backendRefs: [m.toObject()] }]);
const secure = 'default/backend:outside/http1/tls';
const caCertificateRefs = [ref()];

async function started(...manifests: readonly object[]) {
  const pipeline = await Pipeline.started([
    m.gatewayClass(),
    m.gateway([m.httpListener()]),
    toOutside,
    ...manifests,
  ]);
  return { pipeline, client: await pipeline.connected() };
}

function accepted(pipeline: Pipeline): Condition | undefined {
  const status = pipeline.status('Backend', 'outside') as { conditions: readonly Condition[] } | undefined;
  return status?.conditions.find(({ type }) => type === 'Accepted');
}

function policy(sectionName?: string, name = 'policy', hostname = 'policy.test') {
  const target = m.toObject('outside', sectionName === undefined ? {} : { sectionName });
  return m.policy(
    'BackendTLSPolicy',
    { targetRefs: [target], validation: { hostname, caCertificateRefs } },
    { name },
  );
}

test('a Backend over TLS verifies the name that it sends, by CAs that come by SDS', async () => {
  const { pipeline, client } = await started(outside({ caCertificateRefs, sni: 'a.test' }), cas());
  expect(client.names('CDS')).toEqual([secure]);
  expect(client.names('SDS')).toEqual(['default/backend:outside/backends']);
  expect(context(client, secure)).toMatchObject({
    sni: 'a.test',
    autoSniSanValidation: true,
    commonTlsContext: {
      alpnProtocols: ['http/1.1'],
      combinedValidationContext: {
        validationContextSdsSecretConfig: { name: 'default/backend:outside/backends' },
      },
    },
  });
  expect(accepted(pipeline)).toMatchObject({ status: 'True' });
  client.take();
  pipeline.apply(cas(selfSigned(['next.test']).certificate));
  await pipeline.settle();
  expect(client.take()).toEqual(['SDS default/backend:outside/backends']);
});

test.each<[string, object, object]>([
  ['of each request', {}, { autoSniSanValidation: true }],
  [
    'of each endpoint',
    { autoSNIFromEndpointHostname: true },
    { autoHostSni: true, autoSniSanValidation: true },
  ],
])('without a fixed one, the server name is that %s', async (_, fields, expected) => {
  const { client } = await started(outside({ caCertificateRefs, ...fields }), cas());
  expect(context(client, secure)).toMatchObject(expected);
  expect(context(client, secure)).not.toHaveProperty('sni');
  const isOfRequest = JSON.stringify(client.json('CDS', secure)).includes('"autoSni":true');
  expect(isOfRequest).toBe(Object.keys(fields).length === 0);
});

test('versions, ciphers, curves and ALPN are as the Backend says', async () => {
  const { client } = await started(
    outside({
      insecureSkipVerify: true,
      minVersion: '1.3',
      ecdhCurves: ['P-256'],
      signatureAlgorithms: ['ecdsa_secp256r1_sha256'],
      alpnProtocols: ['h2', 'http/1.1'],
    }),
  );
  expect(context(client, secure)?.commonTlsContext).toEqual({
    tlsParams: {
      tlsMinimumProtocolVersion: 'TLSv1_3',
      tlsMaximumProtocolVersion: 'TLSv1_3',
      ecdhCurves: ['P-256'],
      signatureAlgorithms: ['ecdsa_secp256r1_sha256'],
    },
    alpnProtocols: ['h2', 'http/1.1'],
  });
  expect(JSON.stringify(client.json('CDS', secure))).toContain('"autoConfig"');
});

test.each<[string, object, object[], RegExp]>([
  ['no source of trust', {}, [], /spec\.tls: give/],
  ['a ConfigMap that is missing', { caCertificateRefs }, [], /ConfigMap default\/cas does not exist/],
  [
    'CAs of an unknown name',
    { wellKnownCACertificates: 'Other' },
    [],
    /wellKnownCACertificates: Other is not supported/,
  ],
  [
    'a client certificate that is missing',
    { insecureSkipVerify: true, clientCertificateRef: { name: 'client' } },
    [],
    /Secret default\/client does not exist/,
  ],
  [
    'a client certificate of another namespace',
    { insecureSkipVerify: true, clientCertificateRef: { name: 'client', namespace: 'far' } },
    [],
    /must be that of the Backend/,
  ],
])('with %s it gets no requests, and never in clear text', async (_, tls, more, message) => {
  const { pipeline, client } = await started(outside(tls), ...more);
  expect(client.names('CDS')).toEqual([secure]);
  expect(client.json('CDS', secure)).toMatchObject({ type: 'STATIC' });
  expect(client.json('CDS', secure)).not.toHaveProperty('loadAssignment');
  expect(accepted(pipeline)).toMatchObject({
    status: 'False',
    reason: 'Invalid',
    message: expect.stringMatching(message) as string,
  });
});

test('its own client certificate comes before that of the Gateway', async () => {
  const backend = { clientCertificateRef: { name: 'of-gateway' } };
  const { pipeline, client } = await started(
    m.gateway([m.httpListener()], { tls: { backend } }),
    outside({ insecureSkipVerify: true }),
    tlsSecret('of-gateway', selfSigned(['g.test'])),
    tlsSecret('own', selfSigned(['o.test'])),
  );
  const name = `${secure}/default/web`;
  const shown = () => JSON.stringify(context(client, name));
  expect(shown()).toContain('"name":"default/of-gateway"');
  pipeline.apply(outside({ insecureSkipVerify: true, clientCertificateRef: { name: 'own' } }));
  await pipeline.settle();
  expect(shown()).toContain('"name":"default/own"');
});

test('a BackendTLSPolicy wins in what both say, and the rest is the Backend’s', async () => {
  const { pipeline, client } = await started(
    outside({ wellKnownCACertificates: 'System', sni: 'a.test', minVersion: '1.3' }),
    policy(),
    cas(),
  );
  expect(context(client, secure)).toMatchObject({
    sni: 'policy.test',
    commonTlsContext: { tlsParams: { tlsMinimumProtocolVersion: 'TLSv1_3' } },
  });
  expect(JSON.stringify(client.json('SDS', 'default/policy/backends'))).toContain(
    Buffer.from(authority).toString('base64'),
  );
  expect(JSON.stringify(pipeline.status('BackendTLSPolicy', 'policy'))).toContain('"reason":"Accepted"');
});

test('a policy alone asks for TLS, also for one port by its number', async () => {
  const { pipeline, client } = await started(m.backendObject({ endpoints }), policy('443'), cas());
  expect(client.names('CDS')).toEqual([secure]);
  expect(context(client, secure)?.sni).toBe('policy.test');
  pipeline.replace([policy('443')], [policy('80')]);
  await pipeline.settle();
  await pipeline.advance(60_000);
  await pipeline.settle();
  expect(client.names('CDS')).toEqual(['default/backend:outside/http1']);
  expect(JSON.stringify(pipeline.status('BackendTLSPolicy', 'policy'))).toContain('has no port of this name');
});

test('ports with different policies are one Backend too many', async () => {
  const ports = [443, 8443].map((port) => ({ ip: { address: '10.1.0.1', port } }));
  const { pipeline, client } = await started(
    m.backendObject({ endpoints: ports }),
    policy('443'),
    policy('8443', 'second', 'second.test'),
    cas(),
  );
  expect(client.json('CDS', secure)).toMatchObject({ type: 'STATIC' });
  expect(accepted(pipeline)).toMatchObject({
    status: 'False',
    message: expect.stringContaining('different BackendTLSPolicies') as string,
  });
});
