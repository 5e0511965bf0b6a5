import { afterAll, beforeAll, expect, test } from 'vitest';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import {
  backend,
  endpointSlice,
  gateway,
  httpListener,
  httpRoute,
  referenceGrant,
  service,
} from '../rig/objects/manifests.ts';
import { EnvoyRig, toService } from '../rig/envoy/envoy-rig.ts';
import { sendTls } from '../rig/envoy/http-client.ts';

let rig: EnvoyRig;
const gatewayApi = 'gateway.networking.k8s.io';

beforeAll(async () => {
  rig = await EnvoyRig.start({ ports: 2 });
  await rig.backend('home');
  const away = await rig.server('away');
  rig.apply([
    service('away', { namespace: 'other' }),
    endpointSlice(['127.0.0.1'], { name: 'away-1', namespace: 'other', service: 'away', port: away.port }),
  ]);
});

afterAll(() => rig.close());

const toBackend = referenceGrant(
  { group: gatewayApi, kind: 'HTTPRoute', namespace: 'default' },
  { group: '', kind: 'Service' },
  'other',
);

test('a backend of another namespace is reached as long as a ReferenceGrant permits it', async () => {
  await rig.serve('cross', [{ backendRefs: [backend('away', { namespace: 'other' })] }]);
  expect(await rig.answers('cross', ['/'])).toEqual([500]);
  rig.apply([toBackend]);
  await rig.settled();
  expect(await rig.answers('cross', ['/'])).toEqual(['away']);
  rig.apply([], [toBackend]);
  await rig.settled();
  expect(await rig.answers('cross', ['/'])).toEqual([500]);
});

test('a mirror of another namespace is fed as long as a ReferenceGrant permits it', async () => {
  const away = rig.backends.get('away');
  const requestMirror = { backendRef: backend('away', { namespace: 'other' }) };
  await rig.serve('mirror', [
    { filters: [{ type: 'RequestMirror', requestMirror }], backendRefs: [backend('home')] },
  ]);
  const before = away?.count;
  expect(await rig.answers('mirror', ['/', '/'])).toEqual(['home', 'home']);
  expect(away?.count).toBe(before);
  rig.apply([toBackend]);
  await rig.settled();
  expect(await rig.answers('mirror', ['/'])).toEqual(['home']);
  rig.apply([], [toBackend]);
  await rig.settled();
});

test('a Secret of another namespace is used as long as a ReferenceGrant permits it', async () => {
  const port = rig.ports[1] ?? 0;
  const pair = selfSigned(['tls.test']);
  const certificateRefs = [{ name: 'away', namespace: 'other' }];
  const own = [{ name: 'own' }];
  const grant = referenceGrant(
    { group: gatewayApi, kind: 'Gateway', namespace: 'default' },
    { group: '', kind: 'Secret', name: 'away' },
    'other',
  );
  rig.apply([
    tlsSecret('away', pair, 'other'),
    tlsSecret('own', selfSigned(['own.test'])),
    gateway([
      httpListener({ port: rig.port }),
      { name: 'cross', port, hostname: 'tls.test', protocol: 'HTTPS', tls: { certificateRefs } },
      { name: 'own', port, hostname: 'own.test', protocol: 'HTTPS', tls: { certificateRefs: own } },
    ]),
    httpRoute([toService('home')], { name: 'tls' }),
  ]);
  await rig.settled();
  const status = async (serverName: string): Promise<number> => (await sendTls(port, { serverName })).status;
  expect(await status('own.test')).toBe(200);
  await expect(status('tls.test')).rejects.toThrow();
  rig.apply([grant]);
  await rig.settled();
  expect([await status('own.test'), await status('tls.test')]).toEqual([200, 200]);
  rig.apply([], [grant]);
  await rig.settled();
  expect(await status('own.test')).toBe(200);
  await expect(status('tls.test')).rejects.toThrow();
});
