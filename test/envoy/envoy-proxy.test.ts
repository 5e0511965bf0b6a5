import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueAuthority, issueLeaf, type KeyPair } from '../../src/certs/issue.ts';
import { tlsSettings } from '../../src/kinds/envoy-gateway/tls-settings.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig, toService } from '../rig/envoy/envoy-rig.ts';
import { tlsSecret } from '../rig/objects/certificate.ts';
import * as m from '../rig/objects/manifests.ts';

let rig: EnvoyRig;
let backend: Server;
let authority: KeyPair;
/** Connections over TLS, newest first. */
const seen: { readonly version: string | null; readonly cipher: string; readonly client: string }[] = [];

const year = 365 * 86_400_000;

beforeAll(async () => {
  authority = await issueAuthority(Date.now(), year);
  const leaf = await issueLeaf(authority, { kind: 'server', dnsNames: ['app.internal'] }, Date.now(), year);
  const tls = { cert: leaf.certificate, key: leaf.privateKey, ca: authority.certificate };
  backend = createServer(
    { ...tls, requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.2' },
    answer,
  );
  backend.listen(0, '127.0.0.1');
  await once(backend, 'listening');
  rig = await EnvoyRig.start();
  await Promise.all([rig.backend('first'), rig.backend('second')]);
  rig.apply([
    m.configMap({ 'ca.crt': authority.certificate }, { name: 'cas' }),
    m.service('app'),
    m.endpointSlice(['127.0.0.1'], {
      name: 'app',
      service: 'app',
      port: (backend.address() as AddressInfo).port,
    }),
    m.policy('BackendTLSPolicy', {
      targetRefs: [{ group: '', kind: 'Service', name: 'app' }],
      validation: {
        hostname: 'app.internal',
        caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'cas' }],
      },
    }),
    tlsSecret(
      'client',
      await issueLeaf(authority, { kind: 'client', uri: 'spiffe://a/web' }, Date.now(), year),
    ),
  ]);
  await rig.serve('app', [toService('app')]);
});

afterAll(async () => {
  await rig.close();
  backend.close();
});

function answer(socket: TLSSocket): void {
  seen.unshift({
    version: socket.getProtocol(),
    cipher: socket.getCipher().name,
    client: socket.getPeerCertificate().subjectaltname ?? '',
  });
  socket.on('error', () => {});
  socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'));
}

test.each([
  ['the least version', { minVersion: '1.3' }, { version: 'TLSv1.3' }],
  ['the most version', { maxVersion: '1.2' }, { version: 'TLSv1.2' }],
  [
    'a cipher',
    { maxVersion: '1.2', ciphers: ['ECDHE-ECDSA-AES256-GCM-SHA384'] },
    { cipher: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
  ],
  ['a certificate', { clientCertificateRef: { name: 'client' } }, { client: 'URI:spiffe://a/web' }],
])('backendTLS with %s holds for connections to backends', async (_, backendTLS, expected) => {
  await configure({ backendTLS });
  await converge(async () => {
    expect((await rig.send('app')).status).toBe(200);
    expect(seen[0]).toMatchObject(expected);
  });
});

test('Envoy takes each name that Sluice takes', async () => {
  const { ciphers, ecdhCurves, signatureAlgorithms } = tlsSettings;
  const everyCipher = [
    'ECDHE-ECDSA-AES128-SHA',
    'AES128-SHA',
    'TLS_RSA_WITH_AES_256_GCM_SHA384',
    'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
    '[ECDHE-RSA-AES128-GCM-SHA256|ECDHE-RSA-CHACHA20-POLY1305]',
  ];
  expect(ciphers.safeParse(everyCipher).success).toBe(true);
  await configure({
    backendTLS: {
      ciphers: everyCipher,
      ecdhCurves: names(ecdhCurves),
      signatureAlgorithms: names(signatureAlgorithms),
    },
  });
  expect(await rig.rejected()).toBe(0);
});

test('with preserveRouteOrder the first rule that matches wins, not the most specific', async () => {
  const rules = [
    { ...toService('first'), matches: [m.prefix('/')] },
    { ...toService('second'), matches: [m.prefix('/long')] },
  ];
  await rig.serve('order', rules);
  await configure({});
  expect(await rig.answers('order', ['/long', '/'])).toEqual(['second', 'first']);
  await configure({ preserveRouteOrder: true });
  expect(await rig.answers('order', ['/long', '/'])).toEqual(['first', 'first']);
});

test('filterOrder says which filter answers first', async () => {
  const cors = { type: 'CORS', cors: { allowOrigins: ['https://a.example'], allowMethods: ['PUT'] } };
  rig.apply([
    m.policy('BackendTrafficPolicy', {
      targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'filters' }],
      faultInjection: { abort: { httpStatus: 418 } },
    }),
  ]);
  await rig.serve('filters', [{ filters: [cors], ...toService('first') }]);
  const preflight = () =>
    rig.send('filters', {
      method: 'OPTIONS',
      headers: { origin: 'https://a.example', 'access-control-request-method': 'PUT' },
    });
  await configure({});
  expect((await preflight()).status).toBe(418);
  const [fault, before] = ['envoy.filters.http.fault', 'envoy.filters.http.cors'];
  await configure({ filterOrder: [{ name: before, before: fault }] });
  expect((await preflight()).status).toBe(200);
});

function names(schema: { readonly def: { readonly innerType: unknown } }): readonly string[] | undefined {
  const { element } = schema.def.innerType as { readonly element: { readonly options?: readonly string[] } };
  return element.options;
}

async function configure(spec: object): Promise<void> {
  const ref = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'proxy', namespace: 'default' };
  rig.apply([m.gatewayClass('sluice', ref), m.envoyProxy(spec)]);
  await rig.settled();
}
