import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import { objectMetadata, type Manifest } from './manifest.ts';

/** The identity of the proxies in the cluster, without rights: for policies that select by service account. */
export function serviceAccount(infrastructure: Infrastructure): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: objectMetadata(infrastructure, infrastructure.name),
    automountServiceAccountToken: false,
  };
}
