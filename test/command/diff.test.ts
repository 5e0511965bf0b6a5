import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { diff, type DiffOptions } from '../../src/command/diff.ts';
import { configSchema } from '../../src/config/config.ts';
import { watchedResources } from '../../src/kube/watched-resource.ts';
import { FakeKubeApi } from '../rig/kube/kube-api.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';
import { serveAdmin } from '../rig/pipeline/served-pipeline.ts';

const gatewayClass = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'GatewayClass',
  metadata: { name: 'sluice' },
  spec: { controllerName: 'sluice.dev/gateway-controller' },
};
const objects = [gatewayClass, m.gateway([m.httpListener()]), m.service(), m.endpointSlice(['10.0.0.1'])];
const routeTo = (path: string) =>
  m.httpRoute([{ matches: [m.prefix(path)], backendRefs: [m.backend()] }], { creationTimestamp: '' });

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'diff-'));
});

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  rmSync(root, { recursive: true });
});

function folder(name: string, manifests: readonly object[]): string {
  const path = join(root, name);
  mkdirSync(path);
  // JSON is YAML.
  writeFileSync(join(path, 'all.yaml'), manifests.map((object) => JSON.stringify(object)).join('\n---\n'));
  return path;
}

async function run(
  path: string,
  options: Partial<DiffOptions>,
): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const terminal = { out: (text: string) => void (out += text), err: (line: string) => void (err += line) };
  const all: DiffOptions = {
    path,
    files: undefined,
    whole: false,
    output: 'text',
    admin: new URL('http://127.0.0.1:1'),
    kubeconfig: undefined,
    context: undefined,
    namespace: undefined,
    ...options,
  };
  const code = await diff(all, { terminal, signal: new AbortController().signal });
  return { code, out, err };
}

test('exit codes: 0 without a change, 1 with one, 2 when the manifests cannot be read', async () => {
  const files = folder('base', [...objects, routeTo('/a')]);
  expect(await run(folder('same', [routeTo('/a')]), { files })).toEqual({
    code: 0,
    out: 'no change\n',
    err: '',
  });
  const changed = await run(folder('new', [routeTo('/b')]), { files });
  expect(changed).toMatchObject({ code: 1, err: '' });
  expect(changed.out).toContain('routes[0].match.pathSeparatedPrefix: "/a" → "/b"');
  const json = await run(join(root, 'new'), { files, output: 'json' });
  expect(JSON.parse(json.out)).toMatchObject({ gateways: [{ gateway: 'default/web' }], statuses: [] });
  expect(await run(join(root, 'none'), { files })).toMatchObject({ code: 2, out: '' });
});

test('objects that PATH lacks stay, unless it has all of them', async () => {
  const files = folder('base', [...objects, routeTo('/a')]);
  const some = folder('some', objects);
  expect((await run(some, { files })).code).toBe(0);
  const { out } = await run(some, { files, whole: true });
  expect(out).toContain('- HTTPRoute/default/route');
});

/** Serves the admin pages of a process with this config. */
async function running(provider: object, manifests: readonly object[]): Promise<URL> {
  const pipeline = await Pipeline.started([m.gatewayClass(), ...manifests.slice(1)]);
  await pipeline.connected({ id: 'one' });
  await pipeline.connected({ id: 'two' });
  const { url, close } = await serveAdmin(pipeline, { config: configSchema.parse({ provider }) });
  closing.push(close);
  return url;
}

test('a running Sluice names the folder that it follows, and the number of its proxies', async () => {
  const manifests = [...objects, routeTo('/a')];
  const directory = folder('base', manifests);
  const admin = await running({ type: 'file', file: { directory } }, manifests);
  const { code, out } = await run(folder('new', [routeTo('/b')]), { admin });
  expect([code, out]).toEqual([1, expect.stringContaining('bytes to each of 2 proxies')]);
});

/** A cluster whose API server has set what it sets, and a Sluice that follows it. */
async function followed(): Promise<{
  readonly api: FakeKubeApi;
  readonly place: { readonly admin: URL; readonly kubeconfig: string };
}> {
  const api = new FakeKubeApi();
  const url = await api.start();
  closing.push(() => api.stop());
  const kubeconfig = join(root, 'kubeconfig');
  writeFileSync(kubeconfig, api.kubeconfig(url));
  const manifests = [...objects, routeTo('/a')];
  for (const object of [
    ...manifests,
    { ...routeTo('/a'), metadata: { name: 'older', namespace: 'default' } },
  ]) {
    const { kind, metadata, ...fields } = object as typeof gatewayClass;
    const { name, namespace = '' } = metadata as { readonly name: string; readonly namespace?: string };
    const creationTimestamp = name === 'older' ? '2026-01-01T00:00:00Z' : '2026-02-01T00:00:00Z';
    api.put(kind, namespace, name, {
      ...fields,
      metadata: { ...metadata, creationTimestamp, generation: 3 },
    });
  }
  return { api, place: { admin: await running({ type: 'kubernetes' }, manifests), kubeconfig } };
}

test('of a cluster, the objects are read by the rights of the user, and keep their age', async () => {
  const { api, place } = await followed();
  // The older of two routes for the same requests gets them.
  expect(await run(folder('same', [routeTo('/a')]), place)).toEqual({ code: 0, out: 'no change\n', err: '' });
  const { code, out, err } = await run(folder('new', [routeTo('/b')]), place);
  expect({ code, err }).toEqual({ code: 1, err: '' });
  expect(out).toContain('bytes to each of 2 proxies');
  expect(out).toContain('"/b"');
  const asked = api.requests.map(({ kind, mode }) => `${mode} ${kind}`);
  expect(new Set(asked).size).toBe(watchedResources.length);
  expect(asked.filter((request) => !request.startsWith('list '))).toEqual([]);
});

test('a kind that may not be listed is named, and no difference is then no answer', async () => {
  const { api, place } = await followed();
  api.fault = ({ kind }) => (kind === 'Secret' ? { kind: 'status', status: 403, message: 'no' } : undefined);
  const { code, out, err } = await run(folder('same', [routeTo('/a')]), place);
  expect({ code, out }).toEqual({ code: 2, out: 'no change\n' });
  expect(err).toContain('Secret objects cannot be read');
  expect((await run(folder('new', [routeTo('/b')]), place)).code).toBe(1);
});

test.each([
  ['fails', { kind: 'status', status: 500 }],
  ['ends in the middle of a list', { kind: 'broken', after: 0, how: 'truncate' }],
] as const)('half of the objects make no difference: the API server %s', async (_, fault) => {
  const { api, place } = await followed();
  api.fault = ({ kind }) => (kind === 'Service' ? fault : undefined);
  const { code, out, err } = await run(folder('same', [routeTo('/a')]), place);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain('sluice: diff: the cluster of');
});
