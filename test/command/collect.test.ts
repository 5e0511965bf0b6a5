import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { collect } from '../../src/command/collect.ts';
import { configSchema } from '../../src/config/config.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { objectStatuses } from '../../src/run/objects.ts';
import { proxyList } from '../../src/run/proxy-json.ts';
import { FakeKubeApi } from '../rig/kube/kube-api.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { serveAdmin } from '../rig/pipeline/served-pipeline.ts';

const canary = 'CANARY';

/** Each object has the canary wherever it may have a secret. */
const objects = [
  m.gatewayClass(),
  m.gateway([m.httpListener()]),
  m.service(),
  m.endpointSlice(['10.0.0.1']),
  m.httpRoute([
    {
      filters: [
        {
          type: 'RequestHeaderModifier',
          requestHeaderModifier: { set: [{ name: 'authorization', value: canary }] },
        },
      ],
      backendRefs: [m.backend('none')],
    },
  ]),
  m.configMap({ jwks: canary }, { name: 'keys' }),
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 'login',
      namespace: 'default',
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': canary },
    },
    type: 'Opaque',
    data: { 'client-secret': Buffer.from(canary).toString('base64') },
    stringData: { other: canary },
  },
  {
    apiVersion: 'gateway.envoyproxy.io/v1alpha1',
    kind: 'EnvoyExtensionPolicy',
    metadata: { name: 'script', namespace: 'default' },
    spec: {
      targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'route' }],
      lua: [{ type: 'Inline', inline: `-- ${canary}` }],
    },
  },
];

let root: string;
const closing: (() => Promise<void>)[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'collect-'));
});

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  rmSync(root, { recursive: true });
});

async function running(): Promise<{
  readonly api: FakeKubeApi;
  readonly admin: URL;
  readonly kubeconfig: string;
}> {
  const api = new FakeKubeApi();
  const url = await api.start();
  closing.push(() => api.stop());
  const kubeconfig = join(root, 'kubeconfig');
  writeFileSync(kubeconfig, api.kubeconfig(url, { token: `${canary}-token` }));
  for (const object of objects) {
    const { kind, metadata, ...fields } = object as {
      readonly kind: string;
      readonly metadata: { readonly name: string; readonly namespace?: string };
    };
    api.put(kind, metadata.namespace ?? '', metadata.name, { ...fields, metadata });
  }
  const pipeline = await Pipeline.started(objects);
  await pipeline.connected();
  const { url: admin, close } = await serveAdmin(pipeline, {
    config: configSchema.parse({ provider: { type: 'kubernetes' } }),
    objects: () => objectStatuses(pipeline.controller, () => 'v1'),
    proxies: (id) => proxyList(pipeline.controller.fleet.connected(), id, systemClock),
  });
  closing.push(close);
  return { api, admin, kubeconfig };
}

async function run(place: { readonly admin: URL; readonly kubeconfig: string }, output: string) {
  let out = '';
  let err = '';
  const terminal = {
    out: (text: string) => void (out += text),
    err: (line: string) => void (err += `${line}\n`),
  };
  const code = await collect(
    { context: undefined, namespace: undefined, output, ...place },
    { terminal, signal: new AbortController().signal },
  );
  return { code, out, err };
}

/** Content of each file, by the headers of the archive. */
function unpacked(file: string): ReadonlyMap<string, string> {
  const bytes = gunzipSync(readFileSync(file));
  const files = new Map<string, string>();
  for (let at = 0; bytes[at] !== 0;) {
    const name = bytes.toString('utf8', at, at + 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(bytes.toString('latin1', at + 124, at + 135), 8);
    files.set(name, bytes.toString('utf8', at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

test('the bundle says what each replica has, what is wrong, and which objects there are, and has no secret', async () => {
  const { admin, kubeconfig } = await running();
  const file = join(root, 'bundle.tar.gz');
  const { code, out } = await run({ admin, kubeconfig }, file);
  expect({ code, out }).toEqual({ code: 0, out: `${file}\n` });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const files = unpacked(file);
  const replica = `replicas/127.0.0.1_${admin.port}`;
  for (const name of ['config.json', 'metrics.txt', 'objects.json', 'proxies.json', 'sent-clusters.json'])
    expect(files.get(`${replica}/${name}`)).toMatch(/\S/);
  expect(files.get('explain/HTTPRoute_default_route.txt')).toContain('default/none does not exist');
  // The names of entries stay: a missing one is a frequent mistake.
  expect(files.get('objects/Secret.json')).toContain('client-secret');
  expect(files.get('objects/HTTPRoute.json')).toContain('authorization');
  // The API server of this test has no events and no pods.
  expect(JSON.parse(files.get('collected.json') ?? '')).toMatchObject({
    missing: [expect.stringContaining('events.json'), expect.stringContaining('logs')],
  });
  const all = [...files.values()].join('\n');
  expect(all).not.toContain(canary);
  expect(all).not.toContain(Buffer.from(canary).toString('base64'));
});

test('a kind that may not be listed is named, and the rest is there', async () => {
  const { api, admin, kubeconfig } = await running();
  api.fault = ({ kind }) => (kind === 'Secret' ? { kind: 'status', status: 403 } : undefined);
  const file = join(root, 'bundle.tar.gz');
  const { code, err } = await run({ admin, kubeconfig }, file);
  expect(code).toBe(0);
  expect(err).toContain('objects/Secret.json: the API server says 403');
  expect([...unpacked(file).keys()]).toEqual(
    expect.arrayContaining(['objects/Gateway.json', 'collected.json']),
  );
});

test('no file is replaced, and none is left when no replica answers', async () => {
  const { admin, kubeconfig } = await running();
  const file = join(root, 'bundle.tar.gz');
  writeFileSync(file, 'of somebody');
  expect(await run({ admin, kubeconfig }, file)).toMatchObject({
    code: 2,
    err: expect.stringContaining('EEXIST'),
  });
  expect(readFileSync(file, 'utf8')).toBe('of somebody');
  const none = join(root, 'none.tar.gz');
  const nowhere = { admin: new URL('http://127.0.0.1:1024'), kubeconfig };
  expect((await run(nowhere, none)).code).toBe(2);
  expect(existsSync(none)).toBe(false);
});
