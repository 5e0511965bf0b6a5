import { converge } from '../../rig/envoy/converge.ts';
import { conditionOf } from '../condition.ts';
import { inParallel } from '../../rig/load/in-parallel.ts';
import type { Manifest } from '../../rig/kube/kube-client.ts';
import {
  echoPods,
  endpointSlice,
  gateway,
  httpRoute,
  unusedAddresses,
  service,
  toService,
} from '../manifests.ts';
import type { TestNamespace } from '../test-namespace.ts';

export const app = { name: 'app', host: 'app.test' };

/** A Gateway with `others` idle routes, each with a Service of three endpoints. */
export async function raiseGateway(
  ns: TestNamespace,
  gatewayClassName: string,
  others: number,
): Promise<string> {
  await ns.apply(
    gateway(undefined, { gatewayClassName }),
    httpRoute(app.name, app.host, [toService(app.name)]),
  );
  const address = await ns.address();
  await inParallel(others, async (i) => {
    const name = `other-${i}`;
    await ns.create(
      service(name, { selector: null }),
      endpointSlice(name, unusedAddresses(i)),
      otherRoute(i),
    );
  });
  await converge(async () => (await ns.attachedRoutes()) === others + 1, startMs);
  return address;
}

/** Real pods with probes; they serve for `lingerSeconds` after their end has begun. */
export async function raisePods(ns: TestNamespace, replicas: number, lingerSeconds: number): Promise<void> {
  const pods = echoPods(app.name, replicas, lingerSeconds);
  await ns.apply(service(app.name), pods);
  await converge(() => isRolledOut(ns, pods), startMs);
}

export async function replaced(ns: TestNamespace): Promise<number> {
  const { status } = await ns.get(echoPods(app.name));
  return Number(status?.['updatedReplicas'] ?? 0) - Number(status?.['unavailableReplicas'] ?? 0);
}

export async function restart(ns: TestNamespace, stamp: string): Promise<void> {
  const annotations = { 'test/restarted': stamp };
  await ns.merge(echoPods(app.name), {
    spec: { template: { metadata: { annotations } } },
  });
}

export async function isRolledOut(ns: TestNamespace, pods: Manifest = echoPods(app.name)): Promise<boolean> {
  const { metadata, spec, status } = await ns.get(pods);
  const replicas = Number(spec?.['replicas']);
  const isNew =
    status?.['observedGeneration'] === metadata.generation &&
    status?.['updatedReplicas'] === replicas &&
    status['readyReplicas'] === replicas;
  if (!isNew) return false;
  const left = await ns.kube.list({ apiVersion: 'v1', kind: 'Pod' }, ns.namespace, `app=${app.name}`);
  return left.length === replicas && left.every((pod) => conditionOf(pod, 'Ready')?.status === 'True');
}

export function otherRoute(i: number): Manifest {
  return httpRoute(`other-${i}`, `other-${i}.test`, [toService(`other-${i}`)]);
}

const startMs = 180_000;
