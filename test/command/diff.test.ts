import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { diff, type DiffOptions } from '../../src/command/diff.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { Faults } from '../../src/observe/faults.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { startAdmin } from '../../src/run/admin.ts';
import { inForcePages } from '../../src/run/in-force/pages.ts';
import * as m from '../rig/objects/manifests.ts';
import { Pipeline } from '../rig/pipeline/pipeline.ts';

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

afterEach(() => rmSync(root, { recursive: true }));

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

test('a running Sluice gives the folder that it follows, and the number of its proxies', async () => {
  const manifests = [...objects, routeTo('/a')];
  const pipeline = await Pipeline.started([m.gatewayClass(), ...manifests.slice(1)]);
  await pipeline.connected({ id: 'one' });
  await pipeline.connected({ id: 'two' });
  const metrics = createMetrics();
  const directory = folder('base', manifests);
  const view = {
    notReady: () => undefined,
    objects: () => [],
    problems: () => [],
    proxies: () => [],
    inForce: inForcePages(pipeline.controller, pipeline.clock, directory),
  };
  const faults = new Faults(pipeline.log, metrics, systemClock);
  const place = { address: '127.0.0.1', port: 0 };
  const server = await startAdmin(place, view, metrics, faults);
  const inCluster = { ...view, inForce: inForcePages(pipeline.controller, pipeline.clock) };
  const other = await startAdmin(place, inCluster, metrics, faults);
  try {
    const path = folder('new', [routeTo('/b')]);
    const { code, out } = await run(path, { admin: new URL(`http://127.0.0.1:${server.port}`) });
    expect([code, out]).toEqual([1, expect.stringContaining('bytes to each of 2 proxies')]);
    const cluster = await run(path, { admin: new URL(`http://127.0.0.1:${other.port}`) });
    expect(cluster).toMatchObject({ code: 2, out: '' });
    expect(cluster.err).toContain('name it by --files');
  } finally {
    await Promise.all([server.close(), other.close(), pipeline.close()]);
    metrics.close();
  }
});
