import { afterEach, beforeEach, expect, test } from 'vitest';
import { ApiServer } from '../../src/kube/api-server.ts';
import { Objects } from '../../src/kube/objects.ts';
import { ownedResources } from '../../src/kube/owned-resource.ts';
import { OwnedWatch, type OwnedChange } from '../../src/kube/owned-watch.ts';
import type { OwnedObject } from '../../src/kinds/owned-object.ts';
import { FakeKubeApi } from '../rig/kube/kube-api.ts';
import type { KubeObject } from '../rig/kube/object-store.ts';
import { HurriedClock } from '../rig/kube/hurried-clock.ts';
import { SilentLog } from '../rig/pipeline/silent-log.ts';

let fake: FakeKubeApi;
let api: ApiServer;
let objects: Objects;
let watch: OwnedWatch;
let log: SilentLog;
let changes: OwnedChange[];
const { signal } = new AbortController();

beforeEach(async () => {
  fake = new FakeKubeApi();
  const origin = await fake.start();
  api = new ApiServer({ origin, pathPrefix: '', credentials: async () => ({ headers: {}, tls: {} }) });
  objects = new Objects(api);
  changes = [];
  log = new SilentLog();
  watch = new OwnedWatch(api, [], {
    log,
    clock: new HurriedClock(),
    onChange: (change) => changes.push(change),
  });
});

afterEach(async () => {
  await watch.stop();
  await api.close();
  await fake.stop();
});

test('an applied object is reported as it was answered, and nothing that others add to it is a change', async () => {
  expect(await watch.start()).toBe('synced');
  const applied = await apply(deployment({ replicas: 2 }));
  expect(applied).toMatchObject({ kind: 'Deployment', gateway: 'gw', gatewayUid: 'g1', replicas: 2 });
  await until(() => changes.length === 1);
  expect(changes).toEqual([{ kind: 'put', object: applied }]);

  put({ ...current(), status: { readyReplicas: 2 } });
  put({ ...current(), spec: { ...spec(), paused: false } });
  put({ ...current(), spec: { ...spec(), replicas: 3 } });
  await until(() => changes.length === 4);
  expect(digestOf(changes[1])).toBe(applied.digest);
  expect(digestOf(changes[2])).toBe(applied.digest);
  expect(digestOf(changes[3])).not.toBe(applied.digest);
  expect(changes[3]).not.toHaveProperty('object.replicas');

  expect((await apply(deployment({ replicas: 2 }))).digest).toBe(applied.digest);
});

test('a field that the next manifest leaves out goes, unless somebody else has set it', async () => {
  await apply(deployment({ replicas: 2, minReadySeconds: 5 }));
  await objects.apply(deployment({ replicas: 2 }), signal, 'another');
  const applied = await apply(deployment({}));
  expect(spec()).toEqual({ replicas: 2 });
  expect(applied.replicas).toBeUndefined();
});

test('an object without the label of Sluice is reported as deleted, and comes back with it', async () => {
  await watch.start();
  await apply(deployment({}));
  const labelled = current();
  put({ ...labelled, metadata: { ...labelled.metadata, labels: {} } });
  await until(() => changes.length === 2);
  expect(changes[1]).toEqual({ kind: 'delete', key: 'Deployment/ns/gw' });
  await apply(deployment({}));
  await until(() => changes.length === 3);
});

test('only the very object that was observed is deleted', async () => {
  const first = await apply(deployment({}));
  fake.delete('Deployment', 'ns', 'gw');
  const second = await apply(deployment({}));
  expect(await objects.delete(first, signal)).toMatchObject({ kind: 'failed', reason: 'conflict' });
  expect(await objects.delete(second, signal)).toEqual({ kind: 'done', object: undefined });
  expect(await objects.delete(second, signal)).toEqual({ kind: 'done', object: undefined });
  expect(await objects.read(second, signal)).toEqual({ kind: 'done', object: undefined });
});

test('a kind that may not be read holds up no other', async () => {
  let isForbidden = true;
  fake.fault = ({ kind }) =>
    isForbidden && kind === 'PodDisruptionBudget' ? { kind: 'status', status: 403 } : undefined;
  const synced = watch.start();
  await apply(deployment({}));
  await until(() => changes.length === 1 && log.lines.some(({ level }) => level === 'warn'));
  isForbidden = false;
  expect(await synced).toBe('synced');
});

test('a stopped watch reports nothing, and the next start reports everything again', async () => {
  await watch.start();
  await watch.stop();
  await until(() => fake.watching === 0);
  await apply(deployment({}));
  expect(await watch.start()).toBe('synced');
  expect(changes).toHaveLength(1);
  expect(fake.watching).toBe(ownedResources.length);
});

test('an answer that says nothing of the object is a fault, and so is none', async () => {
  fake.fault = () => ({ kind: 'answer', body: '[]' });
  expect(await objects.apply(deployment({}), signal)).toMatchObject({ reason: 'unavailable' });
  fake.fault = () => ({ kind: 'status', status: 422 });
  expect(await objects.apply(deployment({}), signal)).toMatchObject({ reason: 'refused' });
  fake.fault = () => ({ kind: 'status', status: 403 });
  expect(await objects.apply(deployment({}), signal)).toMatchObject({ reason: 'forbidden' });
  fake.fault = () => ({ kind: 'refuse' });
  expect(await objects.read(current404, signal)).toMatchObject({ reason: 'unavailable' });
});

test("a Secret's certificate is read, and other Secrets have none", async () => {
  const data = { 'tls.crt': 'YQ==', 'tls.key': 'Yg==', 'ca.crt': 'Yw==' };
  const secret = { ...deployment({}), apiVersion: 'v1', kind: 'Secret', spec: undefined };
  expect((await apply(secret)).certificate).toBeUndefined();
  expect((await apply({ ...secret, data })).certificate).toEqual({
    certificate: 'a',
    privateKey: 'b',
    ca: 'c',
  });
});

const current404 = { kind: 'Deployment', namespace: 'ns', name: 'none' };

function deployment(fields: object) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'gw',
      namespace: 'ns',
      labels: { 'app.kubernetes.io/managed-by': 'sluice' },
      ownerReferences: [
        {
          apiVersion: 'gateway.networking.k8s.io/v1',
          kind: 'Gateway',
          name: 'gw',
          uid: 'g1',
          controller: true,
        },
      ],
    },
    spec: fields,
  };
}

async function apply(manifest: ReturnType<typeof deployment> | object): Promise<OwnedObject> {
  const answer = await objects.apply(manifest as ReturnType<typeof deployment>, signal);
  if (answer.kind === 'failed' || answer.object === undefined) throw new Error(JSON.stringify(answer));
  return answer.object;
}

function current(): KubeObject {
  return fake.objects('Deployment')[0] as KubeObject;
}

function spec(): object {
  return current()['spec'] as object;
}

function put(object: object): void {
  fake.put('Deployment', 'ns', 'gw', object);
}

function digestOf(change: OwnedChange | undefined): string | undefined {
  return change?.kind === 'put' ? change.object.digest : undefined;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
