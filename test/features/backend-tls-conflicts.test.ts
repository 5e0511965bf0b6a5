import { expect, test } from 'vitest';
import * as m from '../rig/objects/manifests.ts';
import {
  backendTls,
  cas,
  cluster,
  conditions,
  context,
  plain,
  ref,
  secure,
  started,
  toApp,
  validation,
} from '../rig/pipeline/backend-tls.ts';

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
