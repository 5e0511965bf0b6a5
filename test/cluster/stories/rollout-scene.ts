import { converge } from '../../envoy/converge.ts';
import { conditionOf } from '../condition.ts';
import { inParallel } from '../in-parallel.ts';
import type { Manifest } from '../kube-client.ts';
import { echoPods, gateway, httpRoute, service, toService } from '../manifests.ts';
import type { Scene } from '../scene.ts';

/** The Service that is rolled over, and its host. */
export const app = { name: 'app', host: 'app.test' };

/** A Gateway with `others` routes that nobody asks for: a Service with three endpoints behind each. */
export async function raiseGateway(scene: Scene, gatewayClassName: string, others: number): Promise<string> {
  await scene.apply(
    gateway(undefined, { gatewayClassName }),
    httpRoute(app.name, app.host, [toService(app.name)]),
  );
  const address = await scene.address();
  await inParallel(others, async (i) => {
    for (const object of [
      service(`other-${i}`, { selector: null }),
      slice(
        `other-${i}`,
        3000,
        [1, 2, 3].map((n) => `10.200.${(i >> 6) & 255}.${((i & 63) << 2) | n}`),
      ),
      otherRoute(i),
    ])
      await scene.kube.create({ ...object, metadata: { ...object.metadata, namespace: scene.namespace } });
  });
  await converge(async () => {
    const listeners = (await scene.get(gateway())).status?.['listeners'] as { attachedRoutes: number }[];
    return listeners[0]?.attachedRoutes === others + 1;
  }, startMs);
  return address;
}

/** Real pods with probes, that go on serving for one second when they are asked to end. */
export async function raisePods(scene: Scene, replicas: number): Promise<void> {
  const pods = echoPods(app.name, replicas, 1);
  await scene.apply(service(app.name), pods);
  await converge(() => isRolledOut(scene, pods), startMs);
}

/** How many pods are of the newest template and ready, once the restart has begun. */
export async function replaced(scene: Scene): Promise<number> {
  const { status } = await scene.get(echoPods(app.name));
  return Number(status?.['updatedReplicas'] ?? 0) - Number(status?.['unavailableReplicas'] ?? 0);
}

/** A rolling restart, as `kubectl rollout restart` does it. */
export async function restart(scene: Scene, stamp: string): Promise<void> {
  const annotations = { 'test/restarted': stamp };
  await scene.kube.merge(await scene.get(echoPods(app.name)), {
    spec: { template: { metadata: { annotations } } },
  });
}

/** Whether all pods are new and ready, and no old one is left. */
export async function isRolledOut(scene: Scene, pods: Manifest = echoPods(app.name)): Promise<boolean> {
  const { metadata, spec, status } = await scene.get(pods);
  const replicas = Number(spec?.['replicas']);
  const isNew =
    status?.['observedGeneration'] === metadata.generation &&
    status?.['updatedReplicas'] === replicas &&
    status['readyReplicas'] === replicas;
  if (!isNew) return false;
  const left = await scene.kube.list({ apiVersion: 'v1', kind: 'Pod' }, scene.namespace, `app=${app.name}`);
  return left.length === replicas && left.every((pod) => conditionOf(pod, 'Ready')?.status === 'True');
}

export function otherRoute(i: number): Manifest {
  return httpRoute(`other-${i}`, `other-${i}.test`, [toService(`other-${i}`)]);
}

/** One slice of a Service without selector. */
export function slice(name: string, port: number, addresses: readonly string[]): Manifest {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-${port}`, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: [{ port, protocol: 'TCP', name: '' }],
  };
}

const startMs = 180_000;
