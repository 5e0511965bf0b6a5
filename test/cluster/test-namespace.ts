import { converge } from '../rig/envoy/converge.ts';
import { send, sendTls, type Answer, type Request } from '../rig/envoy/http-client.ts';
import { Cluster } from './cluster.ts';
import { conditionOf } from './condition.ts';
import type { KubeClient, KubeObject, Manifest, ObjectRef } from '../rig/kube/kube-client.ts';
import { ensureSluice } from './sluice.ts';

/** A test file's own namespace in a cluster with Sluice. */
export class TestNamespace {
  readonly cluster: Cluster;
  readonly namespace: string;

  private constructor(cluster: Cluster, namespace: string) {
    this.cluster = cluster;
    this.namespace = namespace;
  }

  /** `ensure` installs the control plane when it is not Sluice. */
  static async open(
    namespace: string,
    ensure: (cluster: Cluster) => Promise<void> = ensureSluice,
  ): Promise<TestNamespace> {
    const cluster = new Cluster();
    await ensure(cluster);
    await cluster.kube.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    return new TestNamespace(cluster, namespace);
  }

  get kube(): KubeClient {
    return this.cluster.kube;
  }

  async apply(...objects: readonly Manifest[]): Promise<KubeObject[]> {
    return await this.kube.apply(...objects.map((object) => inNamespace(object, this.namespace)));
  }

  /** Costs the API server less than `apply`; the objects must not exist yet. */
  async create(...objects: readonly Manifest[]): Promise<void> {
    for (const object of objects) await this.kube.create(inNamespace(object, this.namespace));
  }

  /** JSON merge patch. */
  async merge(ref: ObjectRef, patch: object): Promise<KubeObject> {
    return await this.kube.merge(inNamespace(ref, this.namespace), patch);
  }

  /** Rejects when it does not exist. */
  async get(ref: ObjectRef): Promise<KubeObject> {
    const object = await this.kube.get(inNamespace(ref, this.namespace));
    if (object === undefined) throw new Error(`no ${ref.kind} ${this.namespace}/${ref.metadata.name}`);
    return object;
  }

  async delete(ref: ObjectRef): Promise<void> {
    await this.kube.delete(inNamespace(ref, this.namespace));
  }

  /** Waits until the Gateway is programmed. */
  async address(name = 'web'): Promise<string> {
    const ref = { apiVersion: gatewayApi, kind: 'Gateway', metadata: { name } };
    return await converge(async () => {
      const gateway = await this.get(ref);
      const addresses = gateway.status?.['addresses'] as { value: string }[] | undefined;
      return (conditionOf(gateway, 'Programmed')?.status === 'True' && addresses?.[0]?.value) || false;
    }, gatewayMs);
  }

  /** Number by the first listener of Gateway `web`; 0 without a status. */
  async attachedRoutes(): Promise<number> {
    const { status } = await this.get({ apiVersion: gatewayApi, kind: 'Gateway', metadata: { name: 'web' } });
    const listeners = status?.['listeners'] as { attachedRoutes: number }[] | undefined;
    return listeners?.[0]?.attachedRoutes ?? 0;
  }

  async ask(host: string, request: Request = {}): Promise<Answer> {
    return await send(80, { address: await this.address(), host, ...request });
  }

  /** To port 443; any certificate is accepted. */
  async askTls(host: string, request: Request = {}): ReturnType<typeof sendTls> {
    return await sendTls(443, { address: await this.address(), serverName: host, ...request });
  }

  async answers(host: string, status: number, request: Request = {}): Promise<Answer> {
    return await converge(async () => {
      const answer = await this.ask(host, request);
      if (answer.status !== status)
        throw new Error(`${host}: ${answer.status} ${answer.body}, not ${status}`);
      return answer;
    });
  }

  async close(): Promise<void> {
    await this.kube.delete({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: this.namespace } });
    await this.cluster.close();
  }
}

export const gatewayApi = 'gateway.networking.k8s.io/v1';

/** A Deployment, pods, connections, ACKs and a status write: seconds on two busy cores. */
const gatewayMs = 120_000;

function inNamespace<T extends ObjectRef>(object: T, namespace: string): T {
  return { ...object, metadata: { ...object.metadata, namespace: object.metadata.namespace ?? namespace } };
}
