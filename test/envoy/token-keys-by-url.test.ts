import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueAuthority, issueLeaf, type KeyPair } from '../../src/certs/issue.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { SystemCas } from '../rig/envoy/system-cas.ts';
import { TokenIssuer } from '../rig/envoy/token-issuer.ts';
import { backend, policy } from '../rig/objects/manifests.ts';

let rig: EnvoyRig;
let cas: SystemCas;
let authority: KeyPair;
const servers: Server[] = [];
const ann = new TokenIssuer('https://ann.test');
const bob = new TokenIssuer('https://bob.test');

/** Behaviour of the server with the keys of `bob`. */
let behaviour: 'answers' | 'hangs' | 'lies' = 'answers';
const asked = new Map<string, number>();
let refusals = 0;

function answer({ url = '' }: IncomingMessage, response: ServerResponse): void {
  asked.set(url, (asked.get(url) ?? 0) + 1);
  if (behaviour === 'answers') response.end(bob.keySet);
  else if (behaviour === 'lies') response.end('{"keys":"none"}');
}

async function keyServer(dnsName: string): Promise<number> {
  const year = 365 * 86_400_000;
  const leaf = await issueLeaf(authority, { kind: 'server', dnsNames: [dnsName] }, Date.now(), year);
  const server = createServer({ cert: leaf.certificate, key: leaf.privateKey }, answer);
  server.on('tlsClientError', () => refusals++);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  authority = await issueAuthority(Date.now(), 365 * 86_400_000);
  cas = new SystemCas(authority.certificate);
  rig = await EnvoyRig.start({ mode: 'inline', tamper: cas.put });
  await rig.backend('app');
});

afterAll(async () => {
  await rig.close();
  cas.close();
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

async function serve(name: string, provider: object): Promise<void> {
  const jwt = { providers: [{ name: 'p', ...provider }] };
  rig.apply([policy('SecurityPolicy', { targetRefs: [{ kind: 'HTTPRoute', name }], jwt }, { name })]);
  await rig.serve(name, [{ backendRefs: [backend('app')] }]);
}

const byUrl = (uri: string, fields: object = {}) => ({
  issuer: bob.issuer,
  remoteJWKS: { uri, cacheDuration: '1s', failedRefetchDuration: '1s', ...fields },
});
const count = (path: string): number => asked.get(path) ?? 0;
const answers = (name: string) =>
  rig.answers(name, ['/', { headers: bob.headers() }, { headers: ann.headers() }]);

test('keys of a URL come over TLS, rotate, and stay while their server hangs or lies; no other route waits', async () => {
  const port = await keyServer('localhost');
  await serve('other', { issuer: ann.issuer, localJWKS: { inline: ann.keySet } });
  const isOtherServed = async () =>
    expect(await rig.answers('other', ['/', { headers: ann.headers() }])).toEqual([401, 'app']);
  await serve('url', byUrl(`https://localhost:${port}/keys`));
  await converge(async () => expect(await answers('url')).toEqual([401, 'app', 401]));
  bob.rotate();
  await converge(async () => expect(await answers('url')).toEqual([401, 'app', 401]));
  for (const fault of ['lies', 'hangs'] as const) {
    behaviour = fault;
    const before = count('/keys');
    await converge(() => expect(count('/keys')).toBeGreaterThan(before));
    expect(await answers('url')).toEqual([401, 'app', 401]);
    await isOtherServed();
  }
  // Keys that were never fetched: the route is closed, and opens when its server is back.
  await serve('late', byUrl(`https://localhost:${port}/late`));
  await converge(() => expect(count('/late')).toBeGreaterThan(0));
  expect(await rig.answers('late', ['/'])).toEqual([401]);
  await isOtherServed();
  behaviour = 'answers';
  await converge(async () => expect(await answers('late')).toEqual([401, 'app', 401]));
});

test('a proxy fetches the keys of a provider once for all routes, whatever else changes', async () => {
  const port = await keyServer('localhost');
  await serve('once', byUrl(`https://localhost:${port}/once`, { cacheDuration: '300s' }));
  await converge(async () => expect(await answers('once')).toEqual([401, 'app', 401]));
  for (const name of ['a', 'b', 'c']) {
    await rig.serve(name, [{ backendRefs: [backend('app')] }]);
    expect(await answers('once')).toEqual([401, 'app', 401]);
  }
  expect(count('/once')).toBe(1);
});

test('a server with a certificate of another name gives no keys', async () => {
  const port = await keyServer('elsewhere.test');
  await serve('stranger', byUrl(`https://localhost:${port}/stranger`));
  await converge(() => expect(refusals).toBeGreaterThan(0));
  expect(await answers('stranger')).toEqual([401, 401, 401]);
  expect(count('/stranger')).toBe(0);
});
