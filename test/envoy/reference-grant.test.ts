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
import { Bed, toService } from '../rig/envoy/envoy-rig.ts';
import { sendTls } from '../rig/envoy/http-client.ts';

let bed: Bed;
const gatewayApi = 'gateway.networking.k8s.io';

beforeAll(async () => {
  bed = await Bed.start({ ports: 2 });
  await bed.backend('home');
  const away = await bed.server('away');
  bed.apply([
    service('away', { namespace: 'other' }),
    endpointSlice(['127.0.0.1'], { name: 'away-1', namespace: 'other', service: 'away', port: away.port }),
  ]);
});

afterAll(() => bed.close());

const toBackend = referenceGrant(
  { group: gatewayApi, kind: 'HTTPRoute', namespace: 'default' },
  { group: '', kind: 'Service' },
  'other',
);

test('a backend of another namespace is reached as long as a ReferenceGrant permits it', async () => {
  await bed.serve('cross', [{ backendRefs: [backend('away', { namespace: 'other' })] }]);
  expect(await bed.answers('cross', ['/'])).toEqual([500]);
  bed.apply([toBackend]);
  await bed.settled();
  expect(await bed.answers('cross', ['/'])).toEqual(['away']);
  bed.apply([], [toBackend]);
  await bed.settled();
  expect(await bed.answers('cross', ['/'])).toEqual([500]);
});

test('a mirror of another namespace is fed as long as a ReferenceGrant permits it', async () => {
  const away = bed.backends.get('away');
  const requestMirror = { backendRef: backend('away', { namespace: 'other' }) };
  await bed.serve('mirror', [
    { filters: [{ type: 'RequestMirror', requestMirror }], backendRefs: [backend('home')] },
  ]);
  const before = away?.count;
  expect(await bed.answers('mirror', ['/', '/'])).toEqual(['home', 'home']);
  expect(away?.count).toBe(before);
  bed.apply([toBackend]);
  await bed.settled();
  expect(await bed.answers('mirror', ['/'])).toEqual(['home']);
  bed.apply([], [toBackend]);
  await bed.settled();
});

test('a Secret of another namespace is used as long as a ReferenceGrant permits it', async () => {
  const port = bed.ports[1] ?? 0;
  const pair = selfSigned(['tls.test']);
  const certificateRefs = [{ name: 'away', namespace: 'other' }];
  const own = [{ name: 'own' }];
  const grant = referenceGrant(
    { group: gatewayApi, kind: 'Gateway', namespace: 'default' },
    { group: '', kind: 'Secret', name: 'away' },
    'other',
  );
  bed.apply([
    tlsSecret('away', pair, 'other'),
    tlsSecret('own', selfSigned(['own.test'])),
    gateway([
      httpListener({ port: bed.port }),
      { name: 'cross', port, hostname: 'tls.test', protocol: 'HTTPS', tls: { certificateRefs } },
      { name: 'own', port, hostname: 'own.test', protocol: 'HTTPS', tls: { certificateRefs: own } },
    ]),
    httpRoute([toService('home')], { name: 'tls' }),
  ]);
  await bed.settled();
  const status = async (serverName: string): Promise<number> => (await sendTls(port, { serverName })).status;
  expect(await status('own.test')).toBe(200);
  await expect(status('tls.test')).rejects.toThrow();
  bed.apply([grant]);
  await bed.settled();
  expect([await status('own.test'), await status('tls.test')]).toEqual([200, 200]);
  bed.apply([], [grant]);
  await bed.settled();
  expect(await status('own.test')).toBe(200);
  await expect(status('tls.test')).rejects.toThrow();
});
