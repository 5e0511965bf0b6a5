import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import { objectMetadata, type Manifest } from './manifest.ts';

/** Who the proxies are to the cluster: nobody. It is there for policies that select by service account. */
export function serviceAccount(infrastructure: Infrastructure): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: objectMetadata(infrastructure, infrastructure.name),
    automountServiceAccountToken: false,
  };
}
