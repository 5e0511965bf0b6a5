import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import { objectMetadata, type Manifest } from './manifest.ts';

/** Has no rights: it is for policies that select pods by service account. */
export function serviceAccount(infrastructure: Infrastructure): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: objectMetadata(infrastructure, infrastructure.name),
    automountServiceAccountToken: false,
  };
}
