import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openCluster } from '../../src/kube/cluster-access.ts';
import { KubeconfigAccess } from '../../src/kube/kubeconfig-access.ts';
import { plainKubeconfig } from '../../src/kube/plain-kubeconfig.ts';
import { podAccess, podNamespace } from '../../src/kube/pod-access.ts';
import { KubeFollower, servicePort } from '../rig/kube/kube-follower.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-access-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const cluster = { name: 'c', cluster: { server: 'https://127.0.0.1:6443' } };
const user = { name: 'u', user: { token: 'canary' } };
const context = { name: 'x', context: { cluster: 'c', user: 'u' } };
const whole = { 'current-context': 'x', clusters: [cluster], users: [user], contexts: [context] };

test.each([
  [{ ...whole, 'current-context': 'y' }, 'has no context y'],
  [
    { ...whole, 'current-context': undefined },
    'has no current-context; set it or provider.kubernetes.context',
  ],
  [{ ...whole, clusters: [] }, 'context x names a cluster that the file does not have'],
  [{ ...whole, users: [] }, 'context x names a user that the file does not have'],
  [
    { ...whole, clusters: [{ name: 'c', cluster: { server: 'nowhere' } }] },
    'the server of its cluster is no URL',
  ],
  [
    { ...whole, clusters: [{ name: 'c', cluster: { server: 'http://192.0.2.1' } }] },
    'the server of its cluster must use https, or a loopback address',
  ],
])('kubeconfig %# is refused in one line that says why', async (config, message) => {
  const file = join(folder, 'config');
  writeFileSync(file, JSON.stringify(config));
  await expect(openCluster({ kubeconfig: file })).rejects.toThrow(new RegExp(`^${file}: ${message}$`));
});

test('a kubeconfig that holds all of it gives the same access without the library', async () => {
  const file = join(folder, 'config');
  const inline = { server: 'https://192.0.2.1:6443/k8s/', 'certificate-authority-data': 'Y2E=' };
  const certificate = { 'client-certificate-data': 'Y2VydA==', 'client-key-data': 'a2V5' };
  for (const of of [{ token: 'canary' }, certificate]) {
    const config = { ...whole, clusters: [{ name: 'c', cluster: inline }], users: [{ name: 'u', user: of }] };
    writeFileSync(file, JSON.stringify(config));
    const found = plainKubeconfig(file, undefined);
    const known = new KubeconfigAccess(file, undefined);
    expect([found?.origin, found?.pathPrefix]).toEqual([known.origin, known.pathPrefix]);
    expect(await found?.credentials()).toEqual(await known.credentials());
  }
});

test.each([
  [{ clusters: [{ name: 'c', cluster: { ...cluster.cluster, 'proxy-url': 'http://192.0.2.1' } }] }],
  [{ clusters: [{ name: 'c', cluster: { ...cluster.cluster, 'insecure-skip-tls-verify': true } }] }],
  [{ users: [{ name: 'u', user: { exec: { command: 'helper' } } }] }],
  [{ users: [{ name: 'u', user: { tokenFile: 'token' } }] }],
  [{ users: [] }],
])('kubeconfig %# is left to the library', (other) => {
  const file = join(folder, 'config');
  writeFileSync(file, JSON.stringify({ ...whole, ...other }));
  expect(plainKubeconfig(file, undefined)).toBeUndefined();
});

test('a kubeconfig that cannot be read or is no YAML is refused without quoting it', async () => {
  const file = join(folder, 'config');
  await expect(openCluster({ kubeconfig: file })).rejects.toThrow(`${file}: cannot be read (ENOENT)`);
  writeFileSync(file, 'canary: [');
  await expect(openCluster({ kubeconfig: file })).rejects.toThrow(new RegExp(`^${file}: is no kubeconfig$`));
});

test('outside of a cluster a kubeconfig and a namespace are asked for', async () => {
  await expect(openCluster({})).rejects.toThrow('set provider.kubernetes.kubeconfig');
  expect(() => podNamespace(folder)).toThrow('set provider.kubernetes.namespace');
});

test('in a pod the token and the CA are those of the moment', async () => {
  writeFileSync(join(folder, 'ca.crt'), 'ca');
  writeFileSync(join(folder, 'token'), 'first\n');
  writeFileSync(join(folder, 'namespace'), 'sluice-system\n');
  const access = podAccess({ KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }, folder);
  expect(access.origin).toBe('https://[fd00::1]:443');
  expect((await access.credentials()).headers).toEqual({ Authorization: 'Bearer first' });
  writeFileSync(join(folder, 'token'), 'second');
  const { headers, tls } = await access.credentials();
  expect([headers, String(tls.ca)]).toEqual([{ Authorization: 'Bearer second' }, 'ca']);
  expect(podNamespace(folder)).toBe('sluice-system');
});

test('another context than the current one can be named', async () => {
  const file = join(folder, 'config');
  const other = { name: 'd', cluster: { server: 'https://127.0.0.2:6443/k8s/' } };
  const contexts = [context, { name: 'y', context: { cluster: 'd', user: 'u' } }];
  writeFileSync(file, JSON.stringify({ ...whole, clusters: [cluster, other], contexts }));
  const access = await openCluster({ kubeconfig: file, context: 'y' });
  expect([access.origin, access.pathPrefix]).toEqual(['https://127.0.0.2:6443', '/k8s']);
});

test('a token is sent, and one that the server no longer accepts is reported and overcome', async () => {
  const follower = new KubeFollower();
  const { api } = follower;
  api.token = 'first';
  api.put('Service', 'ns', 'a', servicePort(80));
  const source = await follower.open({}, { token: 'first' });
  await source.start();
  expect(follower.isEqual()).toBe(true);
  api.token = 'second';
  api.break('Service', 'eof');
  api.put('Service', 'ns', 'b', servicePort(80));
  await follower.until(() => follower.restarts.some(({ reason }) => reason === 'unauthorized'));
  expect(follower.rows.size).toBe(1);
  expect(JSON.stringify(follower.log.lines)).not.toMatch(/Bearer|first|second/);
  api.token = 'first';
  await follower.equal();
  await follower.close();
});

test('a credential helper that never ends does not keep Sluice from ending', async () => {
  const follower = new KubeFollower();
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: process.execPath,
    args: ['-e', 'setTimeout(() => {}, 3000)'],
    interactiveMode: 'Never',
  };
  const source = await follower.open({}, { exec });
  const started = source.start();
  await new Promise(setImmediate);
  await follower.close();
  expect(await started).toBe('closed');
});
