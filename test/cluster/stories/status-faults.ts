import type { Cluster } from '../cluster.ts';
import { deployment, leader, sluiceNamespace, sluicePods } from '../sluice.ts';

export type StatusFault = (typeof statusFaults)[number];

export const statusFaults = [
  'none',
  'envoy killed',
  'envoy stopped',
  'leader killed',
  'leader stopped',
  'replica killed',
  'replicas restarted',
] as const;

/** Ends, stops and restarts Envoys and replicas of Sluice, without waiting for their return. */
export class StatusFaults {
  readonly counts = new Map<StatusFault, number>();
  readonly #cluster: Cluster;
  readonly #namespace: string;
  readonly #stopped = new Set<string>();

  constructor(cluster: Cluster, namespace: string) {
    this.#cluster = cluster;
    this.#namespace = namespace;
  }

  /** `pick` chooses one of several. */
  async strike(fault: StatusFault, pick: number): Promise<void> {
    if (fault === 'none') return;
    if (fault === 'replicas restarted') await this.#restart(pick);
    else {
      const container = await this.#container(fault, pick);
      if (container === undefined) return;
      const isStop = fault.endsWith('stopped');
      // The container may not exist at this moment.
      if (!(await this.#signal(container, isStop ? 'STOP' : 'KILL'))) return;
      if (isStop) this.#stopped.add(container);
    }
    this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1);
  }

  async heal(): Promise<void> {
    for (const container of this.#stopped) await this.#signal(container, 'CONT');
    this.#stopped.clear();
  }

  async #container(fault: StatusFault, pick: number): Promise<string | undefined> {
    const { kube } = this.#cluster;
    if (fault.startsWith('envoy')) {
      const labels = 'gateway.networking.k8s.io/gateway-name';
      const pods = await kube.list({ apiVersion: 'v1', kind: 'Pod' }, this.#namespace, labels);
      const pod = pods[pick % pods.length];
      return pod && `${this.#namespace}/${pod.metadata.name}/envoy`;
    }
    const pods = await sluicePods(kube);
    const pod = fault.startsWith('leader')
      ? await leader(kube).catch(() => undefined)
      : pods[pick % pods.length];
    return pod && `${sluiceNamespace}/${pod.name}/sluice`;
  }

  async #restart(pick: number): Promise<void> {
    const annotations = { 'test/restarted': `${pick}` };
    await this.#cluster.kube.merge(deployment, { spec: { template: { metadata: { annotations } } } });
  }

  async #signal(container: string, signal: 'KILL' | 'STOP' | 'CONT'): Promise<boolean> {
    return await this.#cluster.signal(container, signal).then(
      () => true,
      () => false,
    );
  }
}
