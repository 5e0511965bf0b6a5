import { afterAll, beforeAll, expect, test } from 'vitest';
import { start, type RunningSluice } from '../../src/run/start.ts';
import { configFrom } from '../../src/config/load.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createMetrics, type Metrics } from '../../src/observe/metrics.ts';
import { gatewayCrds } from '../rig/kube/gateway-crds.ts';
import * as m from '../rig/objects/manifests.ts';
import { SilentLog } from '../rig/pipeline/silent-log.ts';
import { Bed, bedIsMissing } from './bed.ts';

const missing = bedIsMissing();
const why = missing === undefined ? '' : ` (${missing})`;

const api = '/apis/gateway.networking.k8s.io/v1';
const routes = `${api}/namespaces/default/httproutes`;
const attachedAtOnce = 1000;

let bed: Bed;
let sluice: RunningSluice | undefined;
let metrics: Metrics;
const log = new SilentLog();

beforeAll(async () => {
  if (missing !== undefined) return;
  bed = await Bed.up();
  const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  for (const crd of await gatewayCrds({ channel: 'standard' })) {
    if (crd.kind === 'CustomResourceDefinition') await bed.request('POST', crds, crd);
  }
  for (const plural of ['gatewayclasses', 'gateways', 'httproutes']) await served(`${api}/${plural}`);
  metrics = createMetrics();
  const loaded = configFrom(
    {
      provider: {
        type: 'kubernetes',
        kubernetes: {
          kubeconfig: bed.kubeconfig,
          namespace: 'default',
          infrastructure: { enabled: false },
        },
      },
      xds: { port: 0 },
      admin: { port: 0 },
    },
    '/',
  );
  if (loaded.kind === 'error') throw new Error(loaded.line);
  const started = await start(loaded.config, { log, metrics, clock: systemClock });
  if (started.kind === 'error') throw new Error(started.line);
  ({ sluice } = started);
  await started.sluice.ready;
}, 120_000);

afterAll(async () => {
  if (missing !== undefined) return;
  await sluice?.close();
  metrics.close();
  await bed.down();
}, 60_000);

test.skipIf(missing !== undefined)(`a real API server takes the status of every kind${why}`, async () => {
  await bed.request('POST', '/api/v1/namespaces/default/services', {
    metadata: { name: 'app' },
    spec: { ports: [{ port: 80 }] },
  });
  await bed.request('POST', `${api}/gatewayclasses`, m.gatewayClass());
  const listeners = [m.httpListener(), { name: 'tcp', port: 9000, protocol: 'TCP' }];
  await bed.request('POST', `${api}/namespaces/default/gateways`, created(m.gateway(listeners)));
  await bed.request('POST', routes, created(route('first')));
  const [gatewayClass, gateway, first] = await Promise.all([
    statusOf(`${api}/gatewayclasses/sluice`, (status) => status.supportedFeatures !== undefined),
    statusOf(
      `${api}/namespaces/default/gateways/web`,
      (status) => status.listeners?.[0]?.attachedRoutes === 1,
    ),
    statusOf(`${routes}/first`, (status) => status.parents !== undefined),
  ]);
  expect(gatewayClass.conditions?.[0]).toMatchObject({ type: 'Accepted', status: 'True' });
  expect(gateway.conditions?.map(({ type }) => type)).toEqual(['Accepted', 'Programmed']);
  expect(gateway.listeners?.map(({ name }) => name)).toEqual(['http', 'tcp']);
  expect(first.parents).toMatchObject([
    { controllerName: 'sluice.dev/gateway-controller', parentRef: { name: 'web' } },
  ]);
});

test.skipIf(missing !== undefined)(`an entry of another controller stays as it is${why}`, async () => {
  await bed.request('POST', routes, created(route('shared')));
  await statusOf(`${routes}/shared`, ({ parents }) => parents?.length === 1);
  const other = {
    parentRef: { group: 'example.com', kind: 'Mesh', name: 'mesh', sectionName: 'x' },
    controllerName: 'example.com/other',
    conditions: [
      {
        type: 'Accepted',
        status: 'False',
        reason: 'Odd',
        message: '',
        observedGeneration: 1,
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ],
  };
  await putStatus(`${routes}/shared`, (parents) => [other, ...parents]);
  // Sluice's object changes, and its entry goes.
  const object = await get(`${routes}/shared`);
  await bed.request('PUT', `${routes}/shared`, {
    ...object,
    spec: { ...(object['spec'] as object), parentRefs: [{ name: 'nowhere' }] },
  });
  const { parents } = await statusOf(`${routes}/shared`, (status) => status.parents?.length === 1);
  expect(parents).toEqual([other]);
});

test.skipIf(missing !== undefined)(
  `1,000 routes that are attached at once are about one write each, and what changes no status is none${why}`,
  { timeout: 180_000 },
  async () => {
    await statusOf(
      `${api}/namespaces/default/gateways/web`,
      (status) => status.listeners?.[0]?.attachedRoutes === 1,
    );
    const before = await written();
    await inParallel(attachedAtOnce, (i) => bed.request('POST', routes, created(route(`r${i}`))));
    const createdMs = performance.now();
    await statusOf(
      `${api}/namespaces/default/gateways/web`,
      (status) => status.listeners?.[0]?.attachedRoutes === attachedAtOnce + 1,
    );
    await until(async () => (await backlog()) === 0);
    const lastSeconds = (performance.now() - createdMs) / 1000;
    const writes = (await written()) - before;
    process.stderr.write(
      `${attachedAtOnce} routes: ${writes} status writes, the last ${lastSeconds.toFixed(1)} s after the last create\n`,
    );
    expect(writes).toBeGreaterThanOrEqual(attachedAtOnce);
    expect(writes).toBeLessThanOrEqual(2200);
    const { items } = (await get(routes)) as unknown as { items: { status?: Status }[] };
    expect(items.filter(({ status }) => status?.parents?.length === 1)).toHaveLength(attachedAtOnce + 2);

    // Labels change, and everything is listed again.
    await inParallel(attachedAtOnce, async (i) => {
      const object = await get(`${routes}/r${i}`);
      const metadata = { ...(object['metadata'] as object), labels: { edited: 'yes' } };
      await bed.request('PUT', `${routes}/r${i}`, { ...object, metadata });
    });
    bed.cut();
    // Its status is written after all the others.
    await bed.request('POST', routes, created(route('last')));
    await statusOf(`${routes}/last`, ({ parents }) => parents?.length === 1);
    await statusOf(
      `${api}/namespaces/default/gateways/web`,
      (status) => status.listeners?.[0]?.attachedRoutes === attachedAtOnce + 2,
    );
    await until(async () => (await backlog()) === 0);
    expect((await written()) - before - writes).toBe(2);
    expect(await notTaken()).toEqual([]);
  },
);

interface Status {
  readonly conditions?: readonly { readonly type: string }[];
  readonly listeners?: readonly { readonly name: string; readonly attachedRoutes: number }[];
  readonly parents?: readonly object[];
  readonly supportedFeatures?: readonly object[];
}

function route(name: string): object {
  return m.httpRoute([{ backendRefs: [m.backend()] }], { name });
}

function created(manifest: object): object {
  const { metadata, ...rest } = manifest as { metadata: { name: string; namespace?: string } };
  return { ...rest, metadata: { name: metadata.name, namespace: metadata.namespace } };
}

async function get(path: string): Promise<Record<string, unknown>> {
  return (await bed.request('GET', path)) as Record<string, unknown>;
}

async function statusOf(path: string, isThere: (status: Status) => boolean): Promise<Status> {
  for (;;) {
    const { status } = await get(path);
    if (status !== undefined && isThere(status as Status)) return status as Status;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function putStatus(path: string, change: (parents: readonly object[]) => object[]): Promise<void> {
  const object = await get(path);
  const parents = change((object['status'] as Status).parents ?? []);
  await bed.request('PUT', `${path}/status`, { ...object, status: { parents } });
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function written(): Promise<number> {
  const { values } = await metrics.statusWrites.get();
  return values.reduce((sum, { value }) => sum + value, 0);
}

/** Writes that waiting alone cannot repair. */
async function notTaken(): Promise<unknown[]> {
  const { values } = await metrics.statusWrites.get();
  return values.filter(
    ({ labels, value }) => value > 0 && (labels.result === 'refused' || labels.result === 'forbidden'),
  );
}

async function backlog(): Promise<number> {
  const { values } = await metrics.statusBacklog.get();
  return values[0]?.value ?? 0;
}

async function served(path: string): Promise<void> {
  await until(async () => (await bed.request('GET', path).catch(() => undefined)) !== undefined);
}

async function inParallel(count: number, work: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: 8 }, lane));
}
