import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { expect, test } from 'vitest';
import { issueAuthority, issueLeaf } from '../../src/certs/issue.ts';
import { followedKinds } from '../../src/kinds/followed-kinds.ts';
import { must } from '../../src/lib/assert.ts';
import { converge } from '../rig/envoy/converge.ts';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { sendTls, type Request } from '../rig/envoy/http-client.ts';
import type { EnvoyRigOptions } from '../rig/envoy/rig-options.ts';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import { backend, httpRoute } from '../rig/objects/manifests.ts';
import type { Manifest } from '../rig/kube/kube-client.ts';

const root = join(import.meta.dirname, '../../examples');
const year = 365 * 86_400_000;

interface Example {
  /** Starts the backend `shop`, and returns values in the place of those of the manifests; default: a plain backend. */
  readonly prepare?: (rig: EnvoyRig, folder: string) => Promise<ReadonlyMap<unknown, unknown>>;
  /** Number of listeners of its Gateway; default: one, for HTTP. */
  readonly listeners?: number;
  /** Request that gets through; default: one without more. */
  readonly request?: Request;
  /** Status of the answer to it; default: 200. */
  readonly first?: number;
  readonly check: (rig: EnvoyRig, folder: string) => Promise<void>;
}

const examples: Readonly<Record<string, Example>> = {
  backend: {
    async prepare(rig) {
      const { port } = await rig.backend('shop');
      return new Map<unknown, unknown>([
        ['203.0.113.7', '127.0.0.1'],
        [8443, port],
      ]);
    },
    check: async (rig) => expect(await rig.answers('shop', ['/'])).toEqual(['shop']),
  },
  'backend-traffic-policy': {
    async check(rig) {
      const user = { headers: { 'x-user': 'a' } };
      expect(await rig.answers('shop', [user, user, user, user, '/'])).toEqual([
        'shop',
        'shop',
        'shop',
        429,
        'shop',
      ]);
      expect(await rig.answers('shop', [{ headers: { 'x-user': 'b' } }])).toEqual(['shop']);
      const compressed = await rig.send('shop', { headers: { 'accept-encoding': 'gzip' } });
      expect(compressed.headers.get('content-encoding')).toEqual(['gzip']);
    },
  },
  'backend-tls-policy': {
    async prepare(rig) {
      const authority = await issueAuthority(Date.now(), year);
      const leaf = await issueLeaf(
        authority,
        { kind: 'server', dnsNames: ['shop.internal'] },
        Date.now(),
        year,
      );
      await rig.backend('shop', { tls: { cert: leaf.certificate, key: leaf.privateKey } });
      return new Map([['PEM text of the CA', authority.certificate]]);
    },
    check: async (rig) => expect(await rig.answers('shop', ['/'])).toEqual(['shop']),
  },
  'cert-manager': {
    listeners: 2,
    async check(rig) {
      const https = rig.ports[1] ?? 0;
      await expect(sendTls(https, { serverName: 'shop.test' })).rejects.toThrow();
      // cert-manager's own route for the challenge, and then its Secret.
      const path = '/.well-known/acme-challenge/token';
      const match = { matches: [{ path: { type: 'Exact', value: path } }] };
      await rig.backend('solver');
      rig.apply([
        httpRoute([{ ...match, backendRefs: [backend('solver')] }], {
          name: 'challenge',
          hostnames: ['shop.test'],
          parentRefs: [{ name: 'web', sectionName: 'http' }],
        }),
      ]);
      await rig.settled();
      expect(await rig.answers('shop', [path, '/'])).toEqual(['solver', 'shop']);
      rig.apply([tlsSecret('shop-tls', selfSigned(['shop.test']))]);
      await converge(async () => (await sendTls(https, { serverName: 'shop.test' })).status === 200);
    },
  },
  'client-traffic-policy': {
    async check(rig) {
      expect((await rig.echo('shop')).headers['x-entry']).toEqual(['web']);
      expect((await rig.send('shop', { path: '/a%2Fb' })).status).toBe(400);
    },
  },
  'envoy-extension-policy': {
    async check(rig) {
      expect((await rig.send('shop')).headers.get('x-served-by')).toEqual(['shop']);
    },
  },
  'envoy-proxy': {
    async prepare(rig, folder) {
      await rig.backend('shop');
      return new Map([['/dev/stdout', join(folder, 'log')]]);
    },
    async check(rig, folder) {
      await rig.send('shop', { path: '/some/where' });
      await converge(() => readFileSync(join(folder, 'log'), 'utf8').includes('GET /some/where 200\n'));
    },
  },
  'external-dns': {
    async check(rig) {
      expect(await rig.answers('shop', ['/'])).toEqual(['shop']);
      expect(rig.condition('HTTPRoute', 'shop', 'Accepted')?.status).toBe('True');
    },
  },
  'http-route-filter': {
    async check(rig) {
      expect((await rig.echo('shop', { path: '/items/7' })).path).toBe('/v2/item?id=7');
      const closed = await rig.send('shop', { path: '/closed' });
      expect([closed.status, closed.body]).toEqual([503, 'closed until 8']);
    },
  },
  oidc: {
    async prepare(rig) {
      await Promise.all([rig.backend('shop'), rig.backend('login')]);
      return new Map();
    },
    first: 302,
    async check(rig) {
      const { headers } = await rig.send('shop', { path: '/items/1' });
      expect(headers.get('location')?.[0]).toMatch(/^https:\/\/login\.example\.com\/realms\/shop\//);
      expect((await rig.send('shop', { headers: { accept: 'application/json' } })).status).toBe(401);
    },
  },
  'security-policy': {
    request: { headers: { 'x-api-key': 'replace-this-key' } },
    async check(rig) {
      const headers = { 'x-api-key': 'replace-this-key' };
      const { headers: seen } = await rig.echo('shop', { headers });
      expect(seen['x-client']).toEqual(['shop-app']);
      expect(seen).not.toHaveProperty('x-api-key');
      expect((await rig.send('shop')).status).toBe(401);
      expect((await rig.send('shop', { headers, method: 'POST' })).status).toBe(403);
    },
  },
};

test('every example is tried here, and every kind of policy has one', () => {
  const folders = globSync('*/manifests.yaml', { cwd: root }).map(dirname);
  expect(folders.sort()).toEqual(Object.keys(examples).sort());
  const shown = new Set(folders.flatMap((folder) => manifestsIn(folder).map(({ kind }) => kind)));
  const policies = followedKinds.filter(
    ({ group, role }) => group === 'gateway.envoyproxy.io' || role === 'policy',
  );
  const missing = policies.map(({ kind }) => kind).filter((kind) => !shown.has(kind));
  expect(missing.filter((kind) => !withoutExample.has(kind))).toEqual([]);
});

/** Kinds that have no example yet. */
const withoutExample: ReadonlySet<string> = new Set(['EnvoyPatchPolicy']);

test.each(Object.entries(examples))(
  '%s does on a real Envoy what its page says',
  async (name, { prepare, request, first = 200, listeners = 1, check }) => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-example-'));
    const rig = await EnvoyRig.start(listeners === 1 ? {} : listenersOf(name, listeners));
    try {
      if (prepare === undefined) await rig.backend('shop');
      const values = await prepare?.(rig, folder);
      rig.apply(manifestsIn(name, values).filter(({ kind }) => kind !== 'Gateway'));
      await rig.settled();
      expect(rig.condition('HTTPRoute', 'shop', 'ResolvedRefs')?.status).toBe('True');
      await expect
        .poll(async () => (await rig.send('shop', { path: '/items/1', ...request })).status)
        .toBe(first);
      await check(rig, folder);
    } finally {
      await rig.close();
      rmSync(folder, { recursive: true });
    }
  },
);

/** Those of the example's Gateway, on ports of this machine. */
function listenersOf(folder: string, ports: number): EnvoyRigOptions {
  const gateway = manifestsIn(folder).find(({ kind }) => kind === 'Gateway');
  const { listeners } = must(gateway, 'Gateway')['spec'] as { readonly listeners: readonly object[] };
  return { ports, listeners: (free) => listeners.map((one, i) => ({ ...one, port: free[i] })) };
}

function manifestsIn(folder: string, values: ReadonlyMap<unknown, unknown> = new Map()): Manifest[] {
  const written = readFileSync(join(root, folder, 'manifests.yaml'), 'utf8');
  const objects = parseAllDocuments(written).map((document) => document.toJS() as unknown);
  const replaced = (_: string, value: unknown): unknown => values.get(value) ?? value;
  return JSON.parse(JSON.stringify(objects), replaced) as Manifest[];
}
