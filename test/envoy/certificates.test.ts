import { afterAll, beforeAll, expect, test } from 'vitest';
import { renew, type Certificates } from '../../src/certs/certificates.ts';
import { issueClient } from '../../src/certs/client-certificate.ts';
import { proxyBootstrap } from '../../src/infra/bootstrap.ts';
import type { TlsMaterial } from '../../src/lib/tls-identity.ts';
import { GivenIdentity, rotated } from '../rig/xds/given-identity.ts';
import { converge } from '../rig/envoy/converge.ts';
import { freePorts } from '../rig/envoy/free-ports.ts';
import { EnvoyRig, hostOf, toService } from '../rig/envoy/envoy-rig.ts';
import { MountedCertificate } from './mounted-certificate.ts';
import { OpenLoop } from '../rig/load/open-loop.ts';

const identity = new GivenIdentity();
let mounted: MountedCertificate;
let certificates: Certificates;
let rig: EnvoyRig;

beforeAll(async () => {
  ({ certificates } = await renew(undefined, Date.now(), ['sluice']));
  identity.set(certificates);
  mounted = new MountedCertificate(await newCertificate());
  const [readinessPort = 0] = await freePorts(1);
  rig = await EnvoyRig.start({
    tls: {
      identity,
      bootstrap: (xdsPort) =>
        proxyBootstrap({
          gateway: 'default/web',
          xdsAddress: '127.0.0.1',
          xdsPort,
          xdsServerName: 'sluice',
          xdsToken: 'token',
          adminPort: 0,
          readinessPort,
          drain: undefined,
          certificateFile: mounted.certificateFile,
          authorityFile: mounted.authorityFile,
        }),
    },
  });
});

afterAll(async () => {
  await rig.close();
  mounted.close();
});

function newCertificate(): Promise<TlsMaterial> {
  return issueClient(certificates, { namespace: 'default', gateway: 'web', uid: '' }, Date.now());
}

/** The certificate and the CAs count apart. */
function readings(): Promise<number> {
  return rig.envoy.stat('cluster.xds_cluster.client_ssl_socket_factory.ssl_context_update_by_sds');
}

test('200 rotations, the CA among them, fail no request, and the proxy is let in after each', async () => {
  await rig.backend('app');
  await rig.serve('app', [toService('app')]);
  const load = new OpenLoop({ port: rig.port, host: hostOf('app'), perSecond: 50 });
  for (let round = 1; round <= 200; round++) {
    const before = await readings();
    const { ca } = identity.current() ?? {};
    certificates = await rotated(certificates, round);
    identity.set(certificates);
    mounted.mount(await newCertificate());
    await converge(async () => (await readings()) >= before + (identity.current()?.ca === ca ? 1 : 2));
    if (round % 10 < 2) {
      await rig.stopControlPlane();
      await rig.startControlPlane();
      await rig.settled();
    }
  }
  await rig.backend('last');
  await rig.serve('last', [toService('last')]);
  expect((await rig.send('last')).status).toBe(200);
  const { counts, sent } = await load.stop();
  expect(Object.fromEntries(counts)).toEqual({ 200: sent });
  expect(rig.log.lines.filter(({ message }) => message.includes('refused'))).toEqual([]);
}, 180_000);
