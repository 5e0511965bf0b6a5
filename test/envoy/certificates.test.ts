import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { renew, type Certificates } from '../../src/certs/certificates.ts';
import { issueClient } from '../../src/certs/client-certificate.ts';
import { authorityResource, certificateResource, proxyBootstrap } from '../../src/infra/bootstrap.ts';
import { GivenIdentity, rotated } from '../fakes/given-identity.ts';
import { converge } from './converge.ts';
import { freePorts } from './free-ports.ts';
import { Bed, hostOf, toService } from './harness.ts';
import { OpenLoop } from './open-loop.ts';

const identity = new GivenIdentity();
let folder: string;
let certificates: Certificates;
let bed: Bed;
let mounts = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-mount-'));
  ({ certificates } = await renew(undefined, Date.now(), ['sluice']));
  identity.set(certificates);
  await mountCertificate();
  const mounted = join(folder, 'mount');
  for (const name of ['tls.crt', 'tls.key', 'ca.crt']) symlinkSync(join('..data', name), join(mounted, name));
  const files = {
    folder: mounted,
    certificate: join(mounted, 'tls.crt'),
    privateKey: join(mounted, 'tls.key'),
    authority: join(mounted, 'ca.crt'),
  };
  const certificateFile = join(folder, 'certificate.json');
  const authorityFile = join(folder, 'authority.json');
  writeFileSync(certificateFile, certificateResource(files));
  writeFileSync(authorityFile, authorityResource(files));
  const [readinessPort = 0] = await freePorts(1);
  bed = await Bed.start({
    tls: {
      identity,
      bootstrap: (xdsPort) =>
        proxyBootstrap({
          gateway: 'default/web',
          xdsAddress: '127.0.0.1',
          xdsPort,
          xdsServerName: 'sluice',
          adminPort: 0,
          readinessPort,
          drain: undefined,
          certificateFile,
          authorityFile,
        }),
    },
  });
});

afterAll(async () => {
  await bed.close();
  rmSync(folder, { recursive: true });
});

/** A new certificate where Envoy reads it, changed as a kubelet changes a mounted Secret: all at once, by a link. */
async function mountCertificate(): Promise<void> {
  const { certificate, privateKey, ca } = await issueClient(certificates, 'default', 'web', Date.now());
  const data = `data-${++mounts}`;
  const mounted = join(folder, 'mount');
  mkdirSync(join(mounted, data), { recursive: true });
  for (const [name, text] of [
    ['tls.crt', certificate],
    ['tls.key', privateKey],
    ['ca.crt', ca],
  ] as const)
    writeFileSync(join(mounted, data, name), text);
  symlinkSync(data, join(mounted, '..data_tmp'));
  renameSync(join(mounted, '..data_tmp'), join(mounted, '..data'));
}

/** How often Envoy has found the mounted files changed: the certificate, and the CAs, count apart. */
function readings(): Promise<number> {
  return bed.envoy.stat('cluster.xds_cluster.client_ssl_socket_factory.ssl_context_update_by_sds');
}

test('200 rotations, the CA among them, fail no request, and the proxy is let in after each', async () => {
  await bed.backend('app');
  await bed.serve('app', [toService('app')]);
  const load = new OpenLoop({ port: bed.port, host: hostOf('app'), perSecond: 50 });
  for (let round = 1; round <= 200; round++) {
    const before = await readings();
    const { ca } = identity.current() ?? {};
    certificates = await rotated(certificates, round);
    identity.set(certificates);
    await mountCertificate();
    await converge(async () => (await readings()) >= before + (identity.current()?.ca === ca ? 1 : 2));
    if (round % 10 < 2) {
      await bed.stopControlPlane();
      await bed.startControlPlane();
      await bed.settled();
    }
  }
  await bed.backend('last');
  await bed.serve('last', [toService('last')]);
  expect((await bed.send('last')).status).toBe(200);
  const { counts, sent } = await load.stop();
  expect(Object.fromEntries(counts)).toEqual({ 200: sent });
  expect(bed.log.lines.filter(({ message }) => message.includes('refused'))).toEqual([]);
}, 180_000);
