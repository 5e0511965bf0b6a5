import { X509Certificate } from 'node:crypto';
import { Client, credentials, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { must } from '../../src/lib/assert.ts';
import { typeUrl } from '../../src/publish/type-table.ts';
import { converge } from '../rig/envoy/converge.ts';
import { selfSigned } from '../rig/objects/certificate.ts';
import { GrpcStream } from '../rig/xds/grpc-link.ts';
import { gateway } from './manifests.ts';
import { TestNamespace } from './test-namespace.ts';
import { sluiceNamespace } from './sluice.ts';

interface Material {
  readonly ca: Buffer;
  readonly certificate?: Buffer;
  readonly privateKey?: Buffer;
  readonly token?: string;
}

let ns: TestNamespace;
let issued: Required<Material>;
let server: string;

beforeAll(async () => {
  ns = await TestNamespace.open('identity');
  await ns.apply(gateway());
  await ns.address();
  const labels = 'gateway.networking.k8s.io/gateway-name=web';
  const secrets = await ns.kube.list({ apiVersion: 'v1', kind: 'Secret' }, ns.namespace, labels);
  const dataOf = (ending: string): Record<string, string> => {
    const secret = secrets.find(({ metadata }) => metadata.name.endsWith(ending));
    return must(secret?.['data'] as Record<string, string> | undefined, 'Secret of the proxies');
  };
  const data = dataOf('-certificate');
  const [ca, certificate, privateKey] = ['ca.crt', 'tls.crt', 'tls.key'].map((key) =>
    Buffer.from(must(data[key], key), 'base64'),
  );
  issued = {
    ca: must(ca, 'ca'),
    certificate: must(certificate, 'certificate'),
    privateKey: must(privateKey, 'key'),
    token: tokenIn(must(dataOf('-config')['bootstrap.json'], 'bootstrap')),
  };
  const ref = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'sluice', namespace: sluiceNamespace } };
  server = `${String((await ns.get(ref)).spec?.['clusterIP'])}:18000`;
});
afterAll(() => ns.close());

test("the certificate of a Gateway's proxies opens that Gateway's xDS", async () => {
  const { metadata } = await ns.get(gateway());
  expect(new X509Certificate(issued.certificate).subjectAltName).toBe(
    `URI:spiffe://sluice.dev/ns/${ns.namespace}/gateway/web/uid/${metadata.uid}`,
  );
  expect(await outcome(issued, `${ns.namespace}/web`)).toBe('served');
});

test('and that of no other', async () => {
  expect(await outcome(issued, 'install/web')).toBe(status.PERMISSION_DENIED);
});

test('nor does it open anything to a client without the token, such as a plugin', async () => {
  const { ca, certificate, privateKey } = issued;
  const plugin = { ca, certificate, privateKey };
  expect(await outcome(plugin, `${ns.namespace}/web`)).toBe(status.UNAUTHENTICATED);
  expect(await outcome({ ...plugin, token: 'guessed' }, `${ns.namespace}/web`)).toBe(status.UNAUTHENTICATED);
});

test('a client without a certificate is refused', async () => {
  expect(await outcome({ ca: issued.ca }, `${ns.namespace}/web`)).toBe(status.UNAVAILABLE);
});

test('a client with a certificate of its own making is refused', async () => {
  const pair = selfSigned([`spiffe://sluice.dev/ns/${ns.namespace}/gateway/web`]);
  const own = {
    ca: issued.ca,
    certificate: Buffer.from(pair.certificate),
    privateKey: Buffer.from(pair.privateKey),
  };
  expect(await outcome(own, `${ns.namespace}/web`)).toBe(status.UNAVAILABLE);
});

test('a client that speaks plaintext is refused', async () => {
  expect(await outcome(undefined, `${ns.namespace}/web`)).toBe(status.UNAVAILABLE);
});

test('a certificate of the server that is lost is made again, without a restart', async () => {
  const ref = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'sluice-tls', namespace: sluiceNamespace },
  };
  const lost = { 'tls.crt': null, 'tls.key': null };
  const before = (await ns.get(ref))['data'] as Record<string, string>;
  await ns.kube.merge(ref, { data: lost });
  await converge(async () => {
    const { data } = await ns.get(ref);
    return (data as Record<string, string>)['tls.crt'] !== undefined;
  }, 100_000);
  expect((await ns.get(ref))['data']).toMatchObject({ 'ca.crt': before['ca.crt'] });
  expect(await outcome(issued, `${ns.namespace}/web`)).toBe('served');
});

function tokenIn(bootstrap: string): string {
  const text = Buffer.from(bootstrap, 'base64').toString();
  return must(/"x-sluice-token",\s*"value": "([^"]+)"/.exec(text)?.[1], 'token');
}

async function outcome(material: Material | undefined, cluster: string): Promise<'served' | status> {
  const channel =
    material === undefined
      ? credentials.createInsecure()
      : credentials.createSsl(material.ca, material.privateKey ?? null, material.certificate ?? null);
  const options = {
    'grpc.ssl_target_name_override': `sluice.${sluiceNamespace}.svc`,
    'grpc.use_local_subchannel_pool': 1,
  };
  const headers = material?.token === undefined ? {} : { 'x-sluice-token': material.token };
  const stream = new GrpcStream(new Client(server, channel, options), undefined, undefined, headers);
  stream.send({ typeUrl: typeUrl.listener, node: { id: 'test', cluster }, subscribe: ['*'] });
  try {
    return await converge(() => (stream.received.length > 0 ? 'served' : (stream.status?.code ?? false)));
  } finally {
    stream.close();
  }
}
