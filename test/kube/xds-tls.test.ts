import { afterEach, beforeEach, expect, test } from 'vitest';
import { X509Certificate } from 'node:crypto';
import { foundIn } from '../../src/certs/certificate-files.ts';
import { bundleOf, renew, type Certificates } from '../../src/certs/certificates.ts';
import { xdsTokenOf } from '../../src/certs/tokens.ts';
import { issueClient } from '../../src/certs/client-certificate.ts';
import { start, type RunningSluice } from '../../src/run/start.ts';
import type { Config } from '../../src/config/config.ts';
import { configFrom } from '../../src/config/load.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { resourceKey } from '../../src/lib/key.ts';
import type { TlsMaterial } from '../../src/lib/tls-identity.ts';
import { createMetrics, type Metrics } from '../../src/observe/metrics.ts';
import { GrpcStream, grpcClient } from '../rig/xds/grpc-link.ts';
import { KubeFollower } from '../rig/kube/kube-follower.ts';
import { SilentLog } from '../rig/pipeline/silent-log.ts';
import { urlOf } from '../rig/xds/xds-types.ts';

const web = { namespace: 'default', gateway: 'web', uid: 'one' };
const secret = resourceKey('Secret', 'sluice-system', 'sluice-tls');
let follower: KubeFollower;
let metrics: Metrics;
let log: SilentLog;
let running: RunningSluice[];
let streams: GrpcStream[];

beforeEach(async () => {
  follower = new KubeFollower();
  metrics = createMetrics();
  log = new SilentLog();
  running = [];
  streams = [];
  await follower.open();
});

afterEach(async () => {
  for (const stream of streams) stream.close();
  for (const sluice of running) await sluice.close();
  metrics.close();
  await follower.close();
});

function config(xds: object = {}): Config {
  const loaded = configFrom(
    {
      provider: {
        type: 'kubernetes',
        kubernetes: { kubeconfig: follower.kubeconfig, namespace: 'sluice-system' },
      },
      translate: { mode: 'inline' },
      xds: { port: 0, tls: { secret: 'sluice-tls' }, ...xds },
      admin: { port: 0 },
    },
    '/',
  );
  if (loaded.kind === 'error') throw new Error(loaded.line);
  return loaded.config;
}

async function started(): Promise<RunningSluice> {
  const outcome = await start(config(), { log, metrics, clock: systemClock });
  if (outcome.kind === 'error') throw new Error(outcome.line);
  running.push(outcome.sluice);
  return outcome.sluice;
}

async function readiness({ adminPort }: RunningSluice): Promise<string> {
  return (await fetch(`http://127.0.0.1:${adminPort}/readyz`)).text();
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

function kept(): Certificates | undefined {
  const data = follower.api.store.get(secret)?.['data'] as Record<string, string> | undefined;
  const files = Object.entries(data ?? {}).map(
    ([name, text]) => [name, Buffer.from(text, 'base64').toString()] as const,
  );
  const found = foundIn(new Map(files));
  return found.kind === 'certificates' ? (found.certificates as Certificates) : undefined;
}

function streamOf(
  sluice: RunningSluice,
  material: TlsMaterial,
  certificates: Certificates,
  proxies = web,
  cluster = 'default/web',
): GrpcStream {
  const headers = { 'x-sluice-token': xdsTokenOf(certificates, proxies) };
  const stream = new GrpcStream(grpcClient(sluice.xdsPort, material), undefined, undefined, headers);
  streams.push(stream);
  stream.send({ typeUrl: urlOf('CDS'), node: { id: 'proxy', cluster } });
  return stream;
}

/** Refused for the other Gateway, which shows that the certificate is accepted. */
async function refusal(
  sluice: RunningSluice,
  certificates: Certificates,
  from = certificates,
): Promise<string> {
  const material = { ...(await issueClient(from, web, Date.now())), ca: bundleOf(certificates) };
  const stream = streamOf(sluice, material, certificates, web, 'default/other');
  await until(() => stream.status !== undefined);
  return stream.status?.details ?? '';
}

test('replicas make one Secret, and let in the proxies that its CA vouches for', async () => {
  const [one, other] = [await started(), await started()];
  await until(async () => (await readiness(one)) === 'ready\n' && (await readiness(other)) === 'ready\n');
  const certificates = kept();
  if (certificates === undefined) throw new Error('no certificates');
  for (const sluice of [one, other]) {
    expect(await refusal(sluice, certificates)).toBe(
      'the client certificate is for Gateway default/web, and node.cluster is "default/other"',
    );
  }
  const { certificates: foreign } = await renew(undefined, Date.now(), ['sluice']);
  expect(await refusal(one, certificates, foreign)).not.toContain('Gateway');
  const text = await metrics.registry.metrics();
  expect(text).toContain('sluice_xds_refused_total{reason="identity"} 2');
  expect(text).toContain('sluice_xds_refused_total{reason="certificate"} ');
  expect(text).toMatch(/sluice_certificate_expiry_timestamp_seconds\{certificate="server"\} 1\d{9}\n/);
  const keys = [certificates.authority, certificates.server].map(
    ({ privateKey }) => privateKey.split('\n')[1] ?? '?',
  );
  for (const key of keys) {
    expect(text).not.toContain(key);
    expect(JSON.stringify(log.lines)).not.toContain(key);
  }
});

test('a proxy is served by token and UID of the Gateway that there is, until its serial number is refused', async () => {
  const spec = { gatewayClassName: 'sluice', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] };
  const proxies = (): typeof web => {
    const { uid } = follower.api.put('Gateway', 'default', 'web', { spec }).metadata;
    return { ...web, uid };
  };
  const first = proxies();
  const sluice = await started();
  await until(async () => (await readiness(sluice)) === 'ready\n');
  const certificates = kept();
  if (certificates === undefined) throw new Error('no certificates');
  const old = await issueClient(certificates, first, Date.now());
  const open = streamOf(sluice, old, certificates, first);
  await connected();

  follower.api.delete('Gateway', 'default', 'web');
  const second = proxies();
  await until(() => open.status !== undefined);
  const late = streamOf(sluice, old, certificates, first);
  await until(() => late.status !== undefined);
  expect(late.status?.details).toContain('its UID is another one');
  const own = await issueClient(certificates, second, Date.now());
  const mixed = streamOf(sluice, own, certificates, first);
  await until(() => mixed.status !== undefined);
  expect(mixed.status?.details).toContain('is not that of the proxies');
  const stolen = streamOf(sluice, own, certificates, second);
  await connected();

  const serial = new X509Certificate(own.certificate).serialNumber;
  sluice.reconfigure(config({ refusedSerials: [(serial.match(/../g) ?? []).join(':').toLowerCase()] }));
  await until(() => stolen.status !== undefined);
  expect(await metrics.registry.metrics()).toContain('sluice_xds_refused_total{reason="identity"} 1');
});

async function connected(): Promise<void> {
  await until(async () => /^sluice_xds_connected_proxies\{.*\} 1$/m.test(await metrics.registry.metrics()));
}

test('a Secret that cannot be used keeps /readyz waiting, which says why, and is never written', async () => {
  const broken = { type: 'Opaque', data: { 'ca.crt': 'aGVsbG8=' } };
  follower.api.store.put(secret, broken);
  const sluice = await started();
  const reason =
    'waiting for the certificate of the xDS server: the Secret is not used, and not written: ca.key is missing\n';
  await until(async () => (await readiness(sluice)) === reason);
  expect(kept()).toBeUndefined();
  follower.api.store.delete(secret);
  await until(async () => (await readiness(sluice)) === 'ready\n');
  expect(kept()).toBeDefined();
});
