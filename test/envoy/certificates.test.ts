import { afterAll, beforeAll, expect, test } from 'vitest';
import { rotated } from '../rig/xds/given-identity.ts';
import { converge } from '../rig/envoy/converge.ts';
import { hostOf, toService, type EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { TlsRig } from '../rig/envoy/tls-rig.ts';
import { OpenLoop } from '../rig/load/open-loop.ts';

let tls: TlsRig;
let rig: EnvoyRig;

beforeAll(async () => {
  tls = await TlsRig.start();
  ({ rig } = tls);
});

afterAll(() => tls.close());

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
    const isOtherCa = await tls.exchange(await rotated(tls.certificates, round));
    await converge(async () => (await readings()) >= before + (isOtherCa ? 2 : 1));
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
