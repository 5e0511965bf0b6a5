import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueAuthority, issueLeaf } from '../../src/certs/issue.ts';
import { importManifests } from '../../src/command/import.ts';
import { must } from '../../src/lib/assert.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { sendTls } from '../rig/envoy/http-client.ts';

const path = join(import.meta.dirname, 'ingresses.yaml');
let rig: EnvoyRig;
let code = -1;
const lines: string[] = [];

interface Made {
  readonly kind: string;
  readonly spec: { readonly listeners?: readonly { readonly port: number }[] };
}

beforeAll(async () => {
  let out = '';
  const terminal = {
    out: (text: string) => void (out += text),
    err: (line: string) => void lines.push(line),
  };
  code = await importManifests({ path, gateway: 'default/web', class: 'sluice', strict: true }, terminal);
  const made = parseAllDocuments(out).map((document) => document.toJS() as Made);
  const { listeners = [] } = must(
    made.find(({ kind }) => kind === 'Gateway'),
    'Gateway',
  ).spec;
  rig = await EnvoyRig.start({
    ports: 2,
    listeners: ([http, https]) =>
      listeners.map((listener) => ({ ...listener, port: listener.port === 80 ? http : https })),
  });
  await Promise.all(['main', 'canary', 'rest', 'login'].map((name) => rig.backend(name)));
  rig.apply([await certificate(), ...made.filter(({ kind }) => kind !== 'Gateway')]);
  await rig.settled();
});

afterAll(async () => rig.close());

function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}

async function certificate(): Promise<object> {
  const day = 86_400_000;
  const authority = await issueAuthority(Date.now(), day);
  const names = { kind: 'server', dnsNames: ['*.example.org'] } as const;
  const leaf = await issueLeaf(authority, names, Date.now(), day);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: { name: 'certificate', namespace: 'default' },
    data: { 'tls.crt': encoded(leaf.certificate), 'tls.key': encoded(leaf.privateKey) },
  };
}

test('each annotation that is not carried over is a line with its place, and the exit code is 1', () => {
  expect(lines).toEqual([
    expect.stringMatching(
      /^ingresses\.yaml:\d+:\d+: metadata\.annotations\.nginx\.ingress\.kubernetes\.io\/configuration-snippet: is not carried over; as it restricts requests, its rules have no backend and answer 500$/,
    ),
    expect.stringMatching(/^ingresses\.yaml:\d+:\d+: \S+\/proxy-buffering: is not carried over$/),
    expect.stringMatching(/^sluice: import: 7 objects read, \d+ made; 2 not carried over$/),
  ]);
  expect(code).toBe(1);
});

test('exact paths, prefixes, named ports and the default backend', async () => {
  const paths = ['/exact', '/exact/no', '/items', '/items/1', '/itemsno', '/'];
  const answers = await rig.answers('shop.example.com', paths);
  expect(answers).toEqual(['main', 'rest', 'main', 'main', 'rest', 'rest']);
});

test('a canary gets what its header says', async () => {
  const asked = ['always', 'never', 'other'].map((value) => ({
    path: '/items',
    headers: { 'x-canary': value },
  }));
  const answers = await rig.answers('shop.example.com', asked);
  expect(answers).toEqual(['canary', 'main', 'main']);
});

test('CORS and the limit of bodies', async () => {
  const origin = { origin: 'https://app.example.com' };
  const { headers } = await rig.send('shop.example.com', { path: '/items', headers: origin });
  expect(headers.get('access-control-allow-origin')).toEqual(['https://app.example.com']);
  const small = await rig.send('shop.example.com', {
    method: 'POST',
    path: '/items',
    body: 'a'.repeat(1000),
  });
  const large = await rig.send('shop.example.com', {
    method: 'POST',
    path: '/items',
    body: 'a'.repeat(1100),
  });
  expect([small.status, large.status]).toEqual([200, 413]);
});

test('a host with a certificate is sent to HTTPS, where its path is rewritten', async () => {
  const { status, headers } = await rig.send('api.example.org', { path: '/api/items' });
  expect([status, headers.get('location')?.[0]]).toEqual([
    308,
    expect.stringMatching(/^https:\/\/api\.example\.org/),
  ]);
  const answer = await sendTls(must(rig.ports[1], 'port'), {
    serverName: 'api.example.org',
    path: '/API/items?a=1',
  });
  expect(JSON.parse(answer.body)).toMatchObject({ backend: 'main', path: '/v2/items?a=1' });
});

test('addresses that are not listed are refused, and a service decides', async () => {
  expect((await rig.send('inside.example.com')).status).toBe(403);
  expect(await rig.answers('asked.example.com', ['/'])).toEqual(['main']);
  rig.apply([], [{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'login', namespace: 'default' } }]);
  await rig.settled();
  await expect.poll(async () => (await rig.send('asked.example.com')).status).toBeGreaterThanOrEqual(403);
});

test('a route whose snippet may restrict it stays closed', async () => {
  expect((await rig.send('closed.example.com')).status).toBe(500);
});
