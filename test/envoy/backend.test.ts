import { createServer as createHttpServer, type Server } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueAuthority, issueLeaf, type KeyPair } from '../../src/certs/issue.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { echo } from '../rig/envoy/http-client.ts';
import { tlsSecret } from '../rig/objects/certificate.ts';
import {
  backendObject,
  backend as toService,
  configMap,
  policy,
  toObject,
} from '../rig/objects/manifests.ts';

let rig: EnvoyRig;
let authority: KeyPair;
let folder: string;
let socket: Server;

const year = 365 * 86_400_000;

beforeAll(async () => {
  authority = await issueAuthority(Date.now(), year);
  rig = await EnvoyRig.start();
  rig.apply([configMap({ 'ca.crt': authority.certificate }, { name: 'cas' })]);
  folder = await mkdtemp(join(tmpdir(), 'sluice-'));
  socket = createHttpServer((_, response) => response.end(JSON.stringify({ backend: 'socket' })));
  await new Promise<void>((resolve) => socket.listen(join(folder, 'a.sock'), resolve));
});

afterAll(async () => {
  await rig.close();
  socket.close();
  await rm(folder, { recursive: true });
});

async function serve(name: string, spec: object, others: readonly object[] = []): Promise<void> {
  rig.apply([backendObject(spec, { name })]);
  await rig.serve(name, [{ backendRefs: [...others, toObject(name)] }]);
}

const ip = (port: number, fields: object = {}) => ({ ip: { address: '127.0.0.1', port }, ...fields });

test('endpoints by address, by name and by socket are reached', async () => {
  const { port } = await rig.server('one');
  await serve('address', { endpoints: [ip(port)] });
  expect(await rig.answers('address', ['/', '/'])).toEqual(['one', 'one']);
  await serve('name', { endpoints: [{ fqdn: { hostname: 'localhost', port } }] });
  await converge(async () => (await rig.answers('name', ['/']))[0] === 'one');
  await serve('socket', { endpoints: [{ unix: { path: join(folder, 'a.sock') } }] });
  expect(await rig.answers('socket', ['/'])).toEqual(['socket']);
});

test('a policy says which addresses of a name are used', async () => {
  const { port } = await rig.server('by-name');
  await serve('family', { endpoints: [{ fqdn: { hostname: 'localhost', port } }] });
  const lookup = (lookupFamily: string) => {
    const targetRefs = [{ kind: 'HTTPRoute', name: 'family' }];
    rig.apply([policy('BackendTrafficPolicy', { targetRefs, dns: { lookupFamily } }, { name: 'family' })]);
  };
  lookup('IPv4');
  await converge(async () => (await rig.answers('family', ['/']))[0] === 'by-name');
  lookup('IPv6');
  await converge(async () => (await rig.answers('family', ['/']))[0] === 503);
});

test('an edit of an endpoint moves requests, and one that goes takes none with it', async () => {
  const [one, two] = [await rig.server('first'), await rig.server('next')];
  await serve('moving', { endpoints: [ip(one.port)] });
  expect(await rig.answers('moving', ['/'])).toEqual(['first']);
  rig.apply([backendObject({ endpoints: [ip(two.port)] }, { name: 'moving' })]);
  await rig.settled();
  await converge(async () => (await rig.answers('moving', ['/']))[0] === 'next');
});

test('h2c is spoken to in HTTP/2, and a name of an endpoint is the host where a filter asks for it', async () => {
  const { port } = await rig.server('h2', 'h2c');
  await serve('h2', {
    endpoints: [ip(port, { hostname: 'inner.test' })],
    appProtocols: ['gateway.envoyproxy.io/h2c'],
  });
  expect((await rig.echo('h2')).httpVersion).toBe('2.0');
  const filter = {
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind: 'HTTPRouteFilter',
    metadata: { name: 'inner', namespace: 'default' },
    spec: { urlRewrite: { hostname: { type: 'Backend' } } },
  };
  const extensionRef = { group: 'gateway.envoyproxy.io', kind: 'HTTPRouteFilter', name: 'inner' };
  rig.apply([filter]);
  await rig.serve('h2', [
    { filters: [{ type: 'ExtensionRef', extensionRef }], backendRefs: [toObject('h2')] },
  ]);
  expect((await rig.echo('h2')).host).toBe('inner.test');
});

test('a session stays with its endpoint', async () => {
  const servers = [await rig.server('left'), await rig.server('right')];
  rig.apply([backendObject({ endpoints: servers.map(({ port }) => ip(port)) }, { name: 'session' })]);
  await rig.serve('session', [{ backendRefs: [toObject('session')], sessionPersistence: { cookie: {} } }]);
  const first = await rig.send('session');
  const [cookie = ''] = (first.headers.get('set-cookie')?.[0] ?? '').split(';');
  const { backend } = echo(first);
  for (let i = 0; i < 4; i++)
    expect((await rig.echo('session', { headers: { cookie } })).backend).toBe(backend);
});

test('a fallback takes over when the first fails, and gives back', async () => {
  const main = await rig.backend('main');
  const { port } = await rig.server('spare');
  rig.apply([
    policy('BackendTrafficPolicy', {
      targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'guarded' }],
      healthCheck: {
        active: {
          type: 'HTTP',
          http: { path: '/health' },
          interval: '100ms',
          timeout: '1s',
          unhealthyThreshold: 1,
          healthyThreshold: 1,
        },
        panicThreshold: 0,
      },
    }),
  ]);
  await serve('guarded', { endpoints: [ip(port)], fallback: true }, [toService('main')]);
  await converge(async () => (await rig.answers('guarded', ['/']))[0] === 'main');
  main.behaviour = () => ({ kind: 'status', status: 500 });
  await converge(async () =>
    (await rig.answers('guarded', ['/', '/', '/'])).every((name) => name === 'spare'),
  );
  main.behaviour = () => ({ kind: 'echo' });
  await converge(async () =>
    (await rig.answers('guarded', ['/', '/', '/'])).every((name) => name === 'main'),
  );
});

test('a fallback over TLS keeps its own form of connection', async () => {
  await rig.backend('plain-main');
  const leaf = await issueLeaf(authority, { kind: 'server', dnsNames: ['spare.test'] }, Date.now(), year);
  const { port } = await rig.server('secure-spare', undefined, {
    cert: leaf.certificate,
    key: leaf.privateKey,
  });
  const tls = { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'cas' }], sni: 'spare.test' };
  await serve('mixed', { endpoints: [ip(port)], tls, fallback: true }, [toService('plain-main')]);
  expect(await rig.answers('mixed', ['/'])).toEqual(['plain-main']);
  rig.pointAt('plain-main', []);
  await rig.settled();
  await converge(async () => (await rig.answers('mixed', ['/']))[0] === 'secure-spare');
});

const trusted = { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'cas' }] };

test.each<[string, object, string | number]>([
  ['the name that is sent', { ...trusted, sni: 'inner.test' }, 'secure'],
  ['another name', { ...trusted, sni: 'other.test' }, 503],
  ['the host of the request', trusted, 503],
  ['the name of the endpoint', { ...trusted, autoSNIFromEndpointHostname: true }, 'secure'],
  ['nothing', { insecureSkipVerify: true }, 'secure'],
  ['CAs of the system', { wellKnownCACertificates: 'System', sni: 'inner.test' }, 503],
])('over TLS the backend has to prove %s', async (_, tls, expected) => {
  const leaf = await issueLeaf(authority, { kind: 'server', dnsNames: ['inner.test'] }, Date.now(), year);
  const server =
    rig.backends.get('secure') ??
    (await rig.server('secure', undefined, { cert: leaf.certificate, key: leaf.privateKey }));
  await serve('secure', { endpoints: [ip(server.port, { hostname: 'inner.test' })], tls });
  await converge(async () => (await rig.answers('secure', ['/']))[0] === expected);
  expect(await rig.answers('secure', ['/', '/'])).toEqual([expected, expected]);
});

test('the host of a request is the name that the backend has to prove', async () => {
  const leaf = await issueLeaf(authority, { kind: 'server', dnsNames: ['by-host.test'] }, Date.now(), year);
  const { port } = await rig.server('by-host', undefined, { cert: leaf.certificate, key: leaf.privateKey });
  await serve('by-host', { endpoints: [ip(port)], tls: trusted });
  expect(await rig.answers('by-host', ['/'])).toEqual(['by-host']);
});

test('a backend that asks for a certificate gets the Backend’s own', async () => {
  const server = await issueLeaf(authority, { kind: 'server', dnsNames: ['strict.test'] }, Date.now(), year);
  const client = await issueLeaf(authority, { kind: 'client', uri: 'spiffe://a/b' }, Date.now(), year);
  const { port } = await rig.server('strict', undefined, {
    cert: server.certificate,
    key: server.privateKey,
    ca: authority.certificate,
    requestCert: true,
    rejectUnauthorized: true,
  });
  const tls = { ...trusted, sni: 'strict.test' };
  await serve('strict', { endpoints: [ip(port)], tls });
  expect(await rig.answers('strict', ['/'])).toEqual([503]);
  rig.apply([tlsSecret('client', client)]);
  await serve('strict', { endpoints: [ip(port)], tls: { ...tls, clientCertificateRef: { name: 'client' } } });
  await converge(async () => (await rig.answers('strict', ['/']))[0] === 'strict');
});

test('ALPN chooses the version of HTTP, where the Backend offers two', async () => {
  const leaf = await issueLeaf(authority, { kind: 'server', dnsNames: ['alpn.test'] }, Date.now(), year);
  const { port } = await rig.server('alpn', undefined, { cert: leaf.certificate, key: leaf.privateKey });
  const tls = { ...trusted, sni: 'alpn.test', alpnProtocols: ['h2', 'http/1.1'] };
  await serve('alpn', { endpoints: [ip(port)], tls });
  expect((await rig.echo('alpn')).httpVersion).toBe('2.0');
});

test('a Backend that is refused answers 500, and the others go on', async () => {
  const { port } = await rig.server('beside');
  await serve('refused', { endpoints: [{ ip: { address: '169.254.169.254', port } }] });
  expect(await rig.answers('refused', ['/'])).toEqual([500]);
  await serve('beside', { endpoints: [ip(port)] });
  expect(await rig.answers('beside', ['/'])).toEqual(['beside']);
});
