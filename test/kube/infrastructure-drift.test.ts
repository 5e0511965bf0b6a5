import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InfrastructureKeeper } from '../../src/infra/infrastructure-keeper.ts';
import { ApiServer } from '../../src/kube/api-server.ts';
import { BackOff } from '../../src/kube/back-off.ts';
import { openCluster } from '../../src/kube/cluster-access.ts';
import { Objects } from '../../src/kube/objects.ts';
import { ownedResources } from '../../src/kube/owned-resource.ts';
import { OwnedWatch } from '../../src/kube/owned-watch.ts';
import { collectionPath } from '../../src/kube/watched-resource.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { site, webInfrastructure } from '../rig/kube/infrastructure.ts';
import { SilentLog } from '../rig/pipeline/silent-log.ts';
import { Bed, bedIsMissing } from './bed.ts';
import { fleetOf } from '../../src/units/fleet-key.ts';

const missing = bedIsMissing();
const why = missing === undefined ? '' : ` (${missing})`;

let bed: Bed;
let api: ApiServer;
let keeper: InfrastructureKeeper;
let watch: OwnedWatch;
let gatewayUid: string;
const writes: string[] = [];
const reported = new Set<string>();
let backlog = 0;

const gateways = '/apis/gateway.networking.k8s.io/v1/namespaces/default/gateways';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const services = '/api/v1/namespaces/default/services';

beforeAll(async () => {
  if (missing !== undefined) return;
  bed = await Bed.up();
  await bed.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', gatewayCrd);
  const gateway = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', metadata: { name: 'web' } };
  const made = await retried(() => bed.request('POST', gateways, gateway));
  gatewayUid = (made as Made).metadata.uid;
  api = new ApiServer(await openCluster({ kubeconfig: bed.kubeconfig }));
  const log = new SilentLog();
  keeper = new InfrastructureKeeper({
    log,
    clock: systemClock,
    site: () => site,
    objects: new Objects(api),
    clientCertificate: (_proxies, has) =>
      Promise.resolve(has ?? { certificate: 'certificate', privateKey: 'key', ca: 'ca' }),
    backOff: (pace) => (pace === 'fast' ? new BackOff() : new BackOff(1000, 60_000)),
    onApplied: (kind, result) => writes.push(`${kind} ${result}`),
    onBacklog: (waiting) => (backlog = waiting),
  });
  watch = new OwnedWatch(api, [], {
    log,
    clock: systemClock,
    onChange(change) {
      if (change.kind === 'delete') return keeper.deleted(change.key);
      keeper.observed(change.object);
      reported.add(change.object.name);
    },
  });
  await watch.start();
  keeper.start();
}, 120_000);

afterAll(async () => {
  if (missing !== undefined) return;
  await watch.stop();
  await keeper.stop();
  await api.close();
  await bed.down();
}, 60_000);

test.skipIf(missing !== undefined)(
  `on a real API server, what others change is put back, and nothing else is written${why}`,
  { timeout: 120_000 },
  async () => {
    run({ envoyDeployment: { replicas: 3 } });
    await until(async () => (await spec('web-sluice'))?.['replicas'] === 3);
    await settled();
    expect(writes.toSorted()).toEqual(
      ['Deployment', 'Secret', 'Secret', 'Service', 'ServiceAccount'].map((kind) => `${kind} applied`),
    );
    // The cluster's controllers have written their own fields into it meanwhile.
    await until(async () => (await read(`${deployments}/web-sluice`))?.status?.observedGeneration === 1);

    await patch(`${deployments}/web-sluice`, { spec: { replicas: 1 } });
    await until(async () => (await spec('web-sluice'))?.['replicas'] === 3);
    await bed.request('DELETE', `${services}/web-sluice`);
    await until(async () => (await read(`${services}/web-sluice`)) !== undefined);
    await patch(`${services}/web-sluice`, {
      metadata: { labels: { 'app.kubernetes.io/managed-by': 'me' }, annotations: { other: 'stays' } },
    });
    await until(async () => {
      const labels = (await read(`${services}/web-sluice`))?.metadata.labels;
      return labels?.['app.kubernetes.io/managed-by'] === 'sluice';
    });
    expect((await read(`${services}/web-sluice`))?.metadata.annotations).toEqual({ other: 'stays' });
    await settled();
    expect(writes.slice(5)).toEqual(['Deployment applied', 'Service applied', 'Service applied']);

    run({ envoyDeployment: {}, envoyHpa: { minReplicas: 2, maxReplicas: 9 } });
    await until(async () => writes.includes('HorizontalPodAutoscaler applied'));
    await settled();
    expect(await spec('web-sluice')).toMatchObject({ replicas: 3 });
    const before = writes.length;
    await patch(`${deployments}/web-sluice`, { spec: { replicas: 7 } });
    await settled();
    expect(writes).toHaveLength(before);

    run({ envoyDaemonSet: {} });
    await until(async () => (await read(`${deployments}/web-sluice`)) === undefined);
    await settled();
    expect(await kinds()).toEqual(['DaemonSet', 'Secret', 'Service', 'ServiceAccount']);

    // The cluster's garbage collection removes owned objects.
    await bed.request('DELETE', `${gateways}/web`);
    keeper.set(fleetOf('default/web'), { kind: 'keep' });
    await watch.stop();
    await keeper.stop();
    await until(async () => (await kinds()).length === 0);
  },
);

function run(settings: object): void {
  const infrastructure = webInfrastructure({ provider: { kubernetes: settings } }, { gatewayUid });
  keeper.set(fleetOf('default/web'), { kind: 'run', infrastructure });
}

/** Resolves when the keeper knows everything up to now, and is idle. */
async function settled(): Promise<void> {
  const name = `marker-${reported.size}`;
  const metadata = { name, namespace: 'default', labels: { 'app.kubernetes.io/managed-by': 'sluice' } };
  await bed.request('POST', services, { metadata, spec: { ports: [{ port: 80 }] } });
  const template = {
    metadata: { labels: { name } },
    spec: { containers: [{ name: 'none', image: 'none' }] },
  };
  const deployment = { replicas: 0, selector: { matchLabels: { name } }, template };
  await bed.request('POST', deployments, { metadata, spec: deployment });
  await until(async () => reported.has(name) && backlog === 0);
  await bed.request('DELETE', `${services}/${name}`);
  await bed.request('DELETE', `${deployments}/${name}`);
}

interface Made {
  readonly metadata: {
    readonly uid: string;
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: { readonly observedGeneration?: number };
}

async function read(path: string): Promise<Made | undefined> {
  return (await bed.request('GET', path).catch(() => undefined)) as Made | undefined;
}

async function spec(name: string): Promise<Made['spec']> {
  return (await read(`${deployments}/${name}`))?.spec;
}

async function kinds(): Promise<string[]> {
  const found: string[] = [];
  for (const resource of ownedResources) {
    const { kind, versions } = resource;
    const path = collectionPath(resource, versions[0], 'default');
    const { items } = (await bed.request('GET', path)) as { items: readonly Made[] };
    if (items.some(({ metadata }) => metadata.name.startsWith('web-sluice'))) found.push(kind);
  }
  return found.sort();
}

/** No apply: another manager's edit. */
async function patch(path: string, body: object): Promise<void> {
  const contentType = 'application/merge-patch+json';
  const query = new URLSearchParams({ fieldManager: 'somebody' });
  await api.send({ method: 'PATCH', path, query, contentType, body }, new AbortController().signal);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await setTimeout(20);
}

async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch {
      await setTimeout(50);
    }
  }
}

/** Enough of it for a Gateway to own objects. */
const gatewayCrd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'gateways.gateway.networking.k8s.io',
    annotations: { 'api-approved.kubernetes.io': 'unapproved, of a test' },
  },
  spec: {
    group: 'gateway.networking.k8s.io',
    scope: 'Namespaced',
    names: { plural: 'gateways', singular: 'gateway', kind: 'Gateway' },
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
