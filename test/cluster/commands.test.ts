import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gateway } from './manifests.ts';
import { sluiceNamespace, sluicePods } from './sluice.ts';
import { TestNamespace } from './test-namespace.ts';

const plugin = new URL('../../launch/kubectl-sluice.js', import.meta.url).pathname;

let ns: TestNamespace;

beforeAll(async () => {
  ns = await TestNamespace.open('commands');
  await ns.apply(gateway());
  await ns.address();
}, 120_000);
afterAll(() => ns.close(), 120_000);

/** Runs the command as kubectl does, with the API server as the only way to the replicas. */
async function kubectlSluice(
  ...args: string[]
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const KUBECONFIG = join(ns.cluster.folder, 'kubeconfig');
  const child = spawn(process.execPath, [plugin, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, KUBECONFIG },
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, out, err };
}

test('kubectl sluice asks every replica through the API server, and knows the proxies of each', async () => {
  const pods = (await sluicePods(ns.kube)).map(({ name }) => name);
  expect(pods.length).toBeGreaterThan(1);
  const { code, out, err } = await kubectlSluice('proxies', '-o', 'json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const proxies = JSON.parse(out) as readonly { readonly gateway: string; readonly replica: string }[];
  const own = proxies.filter((proxy) => proxy.gateway === 'commands/web');
  expect(own).toHaveLength(1);
  expect(pods).toContain(own[0]?.replica);
});

test('kubectl sluice status says that a Gateway is in force', async () => {
  const { code, out, err } = await kubectlSluice('status', 'gateway/commands/web');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^Gateway commands\/web +ok$/m);
});

test('a replica that does not run is named, and the others answer', async () => {
  const name = 'sluice-waiting';
  const labels = { 'app.kubernetes.io/part-of': 'sluice', 'app.kubernetes.io/component': 'serve' };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: sluiceNamespace, labels },
    spec: {
      nodeSelector: { none: 'such' },
      containers: [{ name: 'sluice', image: 'sluice/sluice' }],
    },
  };
  await ns.kube.apply(pod);
  try {
    const { code, out, err } = await kubectlSluice('status', 'gateway/commands/web');
    expect(code).toBe(0);
    expect(err).toBe(`sluice: status: pod ${name} is not running\n`);
    expect(out).toMatch(/^Gateway commands\/web +ok$/m);
  } finally {
    await ns.kube.delete(pod);
  }
});
