import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiServer } from '../../src/kube/api-server.ts';
import { openCluster } from '../../src/kube/cluster-access.ts';
import { KubeSource } from '../../src/kube/kube-source.ts';
import { SecretStore } from '../../src/kube/secret-store.ts';
import { watchedResources, collectionPath } from '../../src/kube/watched-resource.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { ResourceKey } from '../../src/lib/key.ts';
import type { Row } from '../../src/kinds/row.ts';
import { SilentLog } from '../rig/pipeline/silent-log.ts';
import { Bed, bedIsMissing } from './bed.ts';

const missing = bedIsMissing();
const why = missing === undefined ? '' : ` (${missing})`;

let bed: Bed;
let api: ApiServer;
let source: KubeSource;
const log = new SilentLog();
const rows = new Map<ResourceKey, Row>();
const restarts: string[] = [];
let wake = (): void => {};

beforeAll(async () => {
  if (missing !== undefined) return;
  bed = await Bed.up();
  api = new ApiServer(await openCluster({ kubeconfig: bed.kubeconfig }));
  source = new KubeSource(
    api,
    {},
    {
      log,
      clock: systemClock,
      onChanges(changes) {
        for (const change of changes) {
          if (change.kind === 'put') rows.set(change.row.key, change.row);
          else rows.delete(change.key);
        }
        wake();
      },
      onRestart: (kind, reason) => restarts.push(`${kind} ${reason}`),
    },
  );
}, 120_000);

afterAll(async () => {
  if (missing !== undefined) return;
  await source.close();
  await api.close();
  await bed.down();
}, 60_000);

const gatewayApi = 'gateway.networking.k8s.io';
const routes = `/apis/${gatewayApi}/v1/namespaces/default/httproutes`;
const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';

test.skipIf(missing !== undefined)(`a real API server is followed${why}`, { timeout: 120_000 }, async () => {
  expect(await source.start()).toBe('synced');
  expect(rows.has('Service/default/kubernetes' as ResourceKey)).toBe(true);
  expect(rows.has('Namespace//kube-system' as ResourceKey)).toBe(true);
  expect(source.unsynced()).toEqual([]);

  await bed.request(
    'POST',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    crd('httproutes', 'HTTPRoute'),
  );
  await served(routes);
  for (let i = 0; i < 3; i++) await bed.request('POST', routes, route(`r${i}`, '/a'));
  await until(() => keys('HTTPRoute').length === 3);

  // Many objects and changes, over a connection that is cut again and again.
  for (let i = 0; i < 700; i++) await bed.request('POST', slices, slice(`s${i}`, 1));
  bed.cut();
  for (let i = 0; i < 700; i += 7) await bed.request('DELETE', `${slices}/s${i}`);
  bed.cut();
  for (let i = 1; i < 700; i += 7) await bed.request('PUT', `${slices}/s${i}`, slice(`s${i}`, 2));
  await bed.request('DELETE', `${routes}/r0`);
  await bed.request('PUT', `${routes}/r1`, route('r1', '/b', await versionOf(`${routes}/r1`)));
  await equal();
  expect(restarts.some((restart) => restart.endsWith('connection'))).toBe(true);

  // A removed CRD takes its objects along.
  await bed.request(
    'DELETE',
    `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/httproutes.${gatewayApi}`,
  );
  await until(() => keys('HTTPRoute').length === 0);
  await equal();
  expect(log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual(
    log.lines
      .filter(({ level }) => level === 'warn')
      .map(() => expect.stringMatching(/^no connection to the API server/) as unknown),
  );
});

test.skipIf(missing !== undefined)(
  `a user who may read nothing is refused for every kind${why}`,
  async () => {
    const ports = { log: new SilentLog(), clock: systemClock, onChanges: () => {} };
    const as = new ApiServer(await openCluster({ kubeconfig: bed.as('stranger') }));
    const stranger = new KubeSource(as, {}, ports);
    void stranger.start();
    const isForbidden = (): boolean => stranger.unsynced().every(({ reason }) => reason.includes('403'));
    while (!isForbidden()) await new Promise((resolve) => setTimeout(resolve, 10));
    const secrets = stranger.unsynced().find(({ kind }) => kind === 'Secret');
    expect(secrets?.reason).toContain('secrets is forbidden: User "stranger" cannot');
    expect(stranger.unsynced()).toHaveLength(watchedResources.length);
    await stranger.close();
    await as.close();
  },
);

test.skipIf(missing !== undefined)(
  `a Secret of our own is made, changed and left to whoever was quicker${why}`,
  async () => {
    const { signal } = new AbortController();
    const path = '/api/v1/namespaces/default/secrets/sluice-tls';
    const store = new SecretStore(api, 'default', 'sluice-tls');
    expect(await store.read(signal)).toBeUndefined();
    const files = new Map([
      ['ca.crt', 'one'],
      ['next-ca.key', 'two'],
    ]);
    expect(await store.write(undefined, files, signal)).toBe('written');
    expect(await store.write(undefined, files, signal)).toBe('conflict');
    const first = await store.read(signal);
    expect(first?.files).toEqual(files);
    expect(first?.object['type']).toBe('Opaque');
    const next = new Map([
      ['ca.crt', 'three'],
      ['next-ca.key', undefined],
    ]);
    expect(await store.write(first, next, signal)).toBe('written');
    expect(await store.write(first, next, signal)).toBe('conflict');
    const second = await store.read(signal);
    expect(second?.files).toEqual(new Map([['ca.crt', 'three']]));
    await bed.request('DELETE', path);
    expect(await store.write(second, next, signal)).toBe('conflict');
  },
);

async function equal(): Promise<void> {
  const wanted = new Map<string, Uint8Array>();
  for (const resource of watchedResources) {
    const path = collectionPath(resource, resource.versions[0]);
    const selector =
      resource.fieldSelector === undefined
        ? ''
        : `?fieldSelector=${encodeURIComponent(resource.fieldSelector)}`;
    const list = await bed.request('GET', `${path}${selector}`).catch(() => ({ items: [] }));
    for (const item of (list as { items: readonly unknown[] }).items) {
      const parsed = resource.parse(item);
      if (parsed.kind === 'row') wanted.set(parsed.row.key, parsed.row.bytes);
    }
  }
  await until(
    () =>
      wanted.size === rows.size &&
      [...rows.values()].every(
        ({ key, bytes }) => Buffer.compare(wanted.get(key) ?? Buffer.of(), bytes) === 0,
      ),
  );
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((resolve) => (wake = resolve));
}

function keys(kind: string): string[] {
  return [...rows.keys()].filter((key) => key.startsWith(`${kind}/`));
}

async function served(path: string): Promise<void> {
  for (;;) {
    const answer = await bed.request('GET', path).catch(() => undefined);
    if (answer !== undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function versionOf(path: string): Promise<string> {
  const { metadata } = (await bed.request('GET', path)) as { metadata: { resourceVersion: string } };
  return metadata.resourceVersion;
}

function route(name: string, path: string, resourceVersion?: string): object {
  return {
    apiVersion: `${gatewayApi}/v1`,
    kind: 'HTTPRoute',
    metadata: { name, resourceVersion },
    spec: { rules: [{ matches: [{ path: { type: 'PathPrefix', value: path } }] }] },
  };
}

function slice(name: string, last: number): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [`10.1.0.${last}`] }],
    ports: [{ name: '', port: 80, protocol: 'TCP' }],
  };
}

/** Accepts any fields of the kind. */
function crd(plural: string, kind: string): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${gatewayApi}`,
      annotations: { 'api-approved.kubernetes.io': 'unapproved, of a test' },
    },
    spec: {
      group: gatewayApi,
      scope: 'Namespaced',
      names: { plural, singular: kind.toLowerCase(), kind },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  };
}
