import { afterAll, beforeAll, expect, test } from 'vitest';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import { gateway, httpListener } from '../rig/objects/manifests.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig, hostOf, routeOf, toService } from '../rig/envoy/envoy-rig.ts';
import { sendTls } from '../rig/envoy/http-client.ts';
import { OpenLoop } from '../rig/load/open-loop.ts';

let rig: EnvoyRig;

beforeAll(async () => {
  rig = await EnvoyRig.start({
    mode: 'threads',
    ports: 2,
    listeners: ([one, two]) => [
      httpListener({ name: 'http', port: one }),
      { name: 'tls', port: two, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'pair' }] } },
    ],
  });
  rig.apply([tlsSecret('pair', selfSigned(['app.test']))]);
  for (const name of ['app', 'other']) await rig.backend(name);
  await rig.serve('app', [toService('app'), toService('other', '/other')]);
});

afterAll(() => rig.close());

test('a control plane that starts again is asked for nothing, and no request fails', async () => {
  const load = new OpenLoop({ port: rig.port, host: hostOf('app'), perSecond: 300 });
  await converge(() => load.good >= 50);
  for (let i = 0; i < 3; i++) {
    await rig.stopControlPlane();
    const without = load.good + 60;
    await converge(() => load.good >= without);
    await rig.startControlPlane();
    await rig.settled();
    const again = load.good + 60;
    await converge(() => load.good >= again);
    expect(await rig.sent()).toBe(0);
  }
  const { counts, sent } = await load.stop();
  expect(Object.fromEntries(counts)).toEqual({ 200: sent });
});

test('what changed meanwhile is all that is sent', async () => {
  await rig.stopControlPlane();
  rig.keep([routeOf('app', [toService('other')])]);
  await rig.startControlPlane();
  await rig.settled();
  expect(await rig.answers('app', ['/'])).toEqual(['other']);
  expect(await rig.sentByType()).toEqual({ VirtualHost: 2 });
});

test('a changed Secret reaches listeners that were made before the control plane started again', async () => {
  const port = rig.ports[1] ?? 0;
  const before = await sendTls(port, { serverName: 'app.test' });
  await rig.stopControlPlane();
  await rig.startControlPlane();
  await rig.settled();
  rig.apply([tlsSecret('pair', selfSigned(['app.test']))]);
  await rig.settled();
  const after = await sendTls(port, { serverName: 'app.test' });
  expect(after.certificate.fingerprint256).not.toBe(before.certificate.fingerprint256);
  expect(await rig.sentByType()).toEqual({ Secret: 1 });
});

test('a listener that changes after the control plane started again loses no certificate', async () => {
  const [one, two = 0] = rig.ports;
  await rig.stopControlPlane();
  await rig.startControlPlane();
  await rig.settled();
  rig.apply([
    gateway([
      httpListener({ name: 'http', port: one }),
      { name: 'tls', port: two, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'pair' }] } },
      {
        name: 'more',
        port: two,
        hostname: 'more.test',
        protocol: 'HTTPS',
        tls: { certificateRefs: [{ name: 'pair' }] },
      },
    ]),
  ]);
  await rig.settled();
  expect((await sendTls(two, { serverName: 'app.test' })).status).toBe(200);
  expect((await sendTls(two, { serverName: 'more.test' })).status).toBe(404);
  const notReady = await rig.envoy.stats('downstream_context_secrets_not_ready$');
  expect([...notReady.values()].filter((value) => value > 0)).toEqual([]);
});
