import type { Config } from '../config/config.ts';
import { ApiServer } from '../kube/api-server.ts';
import { openCluster as openAccess } from '../kube/cluster-access.ts';
import { podNamespace } from '../kube/pod-access.ts';

/** The cluster that objects are followed in, and the place in it that is Sluice's own. */
export interface Cluster {
  /** Shared by whoever reads and writes: a connection costs a TLS handshake. */
  readonly api: ApiServer;
  /** Sluice's own namespace: its Lease and its Secret are there. */
  readonly namespace: string;
  readonly options: KubernetesOptions;
}

type KubernetesOptions = Extract<Config['provider'], { type: 'kubernetes' }>['kubernetes'];

/** Asks no server. Rejects with an Error of one line when the options lead nowhere. */
export async function openCluster(options: KubernetesOptions): Promise<Cluster> {
  const { kubeconfig, context, namespace } = options;
  const access = await openAccess({
    kubeconfig: kubeconfig === '' ? undefined : kubeconfig,
    context: context === '' ? undefined : context,
  });
  return { api: new ApiServer(access), namespace: namespace === '' ? podNamespace() : namespace, options };
}
