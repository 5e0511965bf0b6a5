import { ApiServer } from '../kube/api-server.ts';
import { openCluster } from '../kube/cluster-access.ts';
import { failureText } from '../lib/failure.ts';
import { AskFault } from './ask-replicas.ts';
import type { ClusterTarget } from './place.ts';

/** Calls `use` with the API server of a kubeconfig, by the rights of its user. Rejects with an {@link AskFault}. */
export async function withApiServer<T>(
  { kubeconfig, context }: ClusterTarget,
  use: (api: ApiServer) => Promise<T>,
): Promise<T> {
  let api: ApiServer | undefined;
  try {
    api = new ApiServer(await openCluster({ kubeconfig, context }));
    return await use(api);
  } catch (error) {
    throw new AskFault(`the cluster of ${kubeconfig} cannot be asked: ${failureText(error)}`, {
      cause: error,
    });
  } finally {
    await api?.close();
  }
}
