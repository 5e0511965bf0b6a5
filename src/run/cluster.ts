import type { Config } from '../config/config.ts';
import { ApiServer } from '../kube/api-server.ts';
import { openCluster as openAccess } from '../kube/cluster-access.ts';
import { podNamespace } from '../kube/pod-access.ts';

export interface Cluster {
  /** Shared: each connection costs a TLS handshake. */
  readonly api: ApiServer;
  /** Namespace of Sluice's own Lease and Secret. */
  readonly namespace: string;
  readonly options: KubernetesOptions;
}

type KubernetesOptions = Extract<Config['provider'], { type: 'kubernetes' }>['kubernetes'];

/** Sends no request. Rejects with an Error of one line when the options are wrong. */
export async function openCluster(options: KubernetesOptions): Promise<Cluster> {
  const { kubeconfig, context, namespace } = options;
  const access = await openAccess({
    kubeconfig: kubeconfig === '' ? undefined : kubeconfig,
    context: context === '' ? undefined : context,
  });
  return { api: new ApiServer(access), namespace: namespace === '' ? podNamespace() : namespace, options };
}
