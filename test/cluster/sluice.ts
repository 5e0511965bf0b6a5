import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { converge } from '../rig/envoy/converge.ts';
import { send } from '../rig/envoy/http-client.ts';
import type { Cluster } from './cluster.ts';
import { conditionOf } from './condition.ts';
import { envoyGatewayCrds } from '../rig/kube/envoy-gateway-crds.ts';
import { gatewayCrds, type Crds } from '../rig/kube/gateway-crds.ts';
import type { KubeClient, KubeObject } from '../rig/kube/kube-client.ts';

export const sluiceNamespace = 'sluice-system';

export async function installCrds(kube: KubeClient, crds: Crds = standardCrds): Promise<void> {
  await kube.apply(...(await gatewayCrds(crds)));
  await allEstablished(kube);
}

const standardCrds: Crds = { channel: 'standard' };

/** Installs CRDs of Envoy Gateway, whose validation decides what is admissible: users bring them. */
export async function installEnvoyCrds(kube: KubeClient, ...kinds: readonly string[]): Promise<void> {
  await kube.apply(...(await envoyGatewayCrds(...kinds)));
  await allEstablished(kube);
}

/** Registries of the tests are Services. */
const registries = '*,*.svc.cluster.local';

/** Returns the notes that Helm prints. */
export async function helmInstall(...sets: readonly string[]): Promise<string> {
  return await helmInstallIn(sluiceNamespace, `config.wasm.allow={${registries}}`, ...sets);
}

export async function helmInstallIn(namespace: string, ...sets: readonly string[]): Promise<string> {
  const chart = join(import.meta.dirname, '..', '..', 'charts', 'sluice');
  const values = sets.flatMap((set) => ['--set', set]);
  const place = ['--namespace', namespace, '--create-namespace'];
  return (await run('helm', ['upgrade', '--install', 'sluice', chart, ...place, ...values])).stdout;
}

/** Ends the replicas first: Helm would delete the leader's rights before it can release its Lease. */
export async function helmUninstall(kube: KubeClient): Promise<void> {
  for (const one of [deployment, infrastructureDeployment]) await kube.merge(one, { spec: { replicas: 0 } });
  await converge(async () => (await allPods(kube)).length === 0, startMs);
  await helmUninstallIn(sluiceNamespace);
}

export async function helmUninstallIn(namespace: string): Promise<void> {
  await run('helm', ['uninstall', 'sluice', '--namespace', namespace, '--wait']);
}

/** Installs once per run, and waits until every replica is ready. */
export async function ensureSluice(
  { kube }: Cluster,
  crds?: Crds,
  ...sets: readonly string[]
): Promise<void> {
  const installed = await kube.get(deployment);
  if (installed === undefined) {
    await installCrds(kube, crds);
    await helmInstall(...sets);
  }
  await sluiceIsReady(kube);
}

/** Waits for the replicas of the current chart, and for the process that runs proxies. */
export async function sluiceIsReady(kube: KubeClient): Promise<void> {
  for (const one of [deployment, infrastructureDeployment]) {
    await converge(async () => {
      const { metadata, spec, status } = (await kube.get(one)) ?? {};
      const wanted = spec?.['replicas'];
      return (
        status?.['observedGeneration'] === metadata?.generation &&
        ['replicas', 'updatedReplicas', 'readyReplicas'].every((count) => status?.[count] === wanted)
      );
    }, startMs);
  }
}

export const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'sluice', namespace: sluiceNamespace },
};

const infrastructureDeployment = {
  ...deployment,
  metadata: { ...deployment.metadata, name: 'sluice-infrastructure' },
};

export interface SluicePod {
  readonly name: string;
  readonly address: string;
}

export async function sluicePods(kube: KubeClient): Promise<SluicePod[]> {
  return (await podsOf(kube, deployment.metadata.name))
    .filter((pod) => pod.metadata.deletionTimestamp === undefined)
    .map((pod) => ({ name: pod.metadata.name, address: String(pod.status?.['podIP']) }));
}

export async function leader(kube: KubeClient): Promise<SluicePod> {
  return await converge(async () => {
    const holder = ((await kube.get(lease))?.spec?.['holderIdentity'] ?? '') as string;
    return (await sluicePods(kube)).find(({ name }) => holder.startsWith(name)) ?? false;
  });
}

export async function leaderChanges(kube: KubeClient): Promise<number> {
  return Number((await kube.get(lease))?.spec?.['leaseTransitions'] ?? 0);
}

const lease = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'sluice', namespace: sluiceNamespace },
};

interface Sample {
  readonly name: string;
  /** Labels as in the text: `kind="Service",reason="gone"`. */
  readonly labels: string;
  readonly value: number;
}

export async function samples(pod: SluicePod): Promise<Sample[]> {
  const { status, body } = await send(19_000, { address: pod.address, path: '/metrics' });
  if (status !== 200) throw new Error(`${pod.name} answers ${status} to /metrics`);
  return body.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, labels, value: Number(value) }];
  });
}

/** Sum over the label sets that contain each of these, such as `kind="Service"`. */
export async function metric(pod: SluicePod, name: string, ...labels: readonly string[]): Promise<number> {
  return (await samples(pod))
    .filter((sample) => sample.name === name && labels.every((label) => sample.labels.includes(label)))
    .reduce((sum, { value }) => sum + value, 0);
}

export async function metricOfAll(
  kube: KubeClient,
  name: string,
  ...labels: readonly string[]
): Promise<number> {
  const pods = await sluicePods(kube);
  const sums = await Promise.all(pods.map((pod) => metric(pod, name, ...labels)));
  return sums.reduce((sum, value) => sum + value, 0);
}

async function podsOf(kube: KubeClient, name: string): Promise<KubeObject[]> {
  return await kube.list(
    { apiVersion: 'v1', kind: 'Pod' },
    sluiceNamespace,
    `app.kubernetes.io/name=${name}`,
  );
}

async function allPods(kube: KubeClient): Promise<KubeObject[]> {
  const names = [deployment, infrastructureDeployment].map(({ metadata }) => metadata.name);
  return (await Promise.all(names.map((name) => podsOf(kube, name)))).flat();
}

async function allEstablished(kube: KubeClient): Promise<void> {
  await converge(async () => {
    const crds = await kube.list({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' });
    return crds.every((crd) => conditionOf(crd, 'Established')?.status === 'True');
  });
}

const run = promisify(execFile);
const startMs = 120_000;
