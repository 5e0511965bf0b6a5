import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import { objectMetadata, type Manifest } from './manifest.ts';
import { serviceAccountName } from './proxy-settings.ts';

/** Has no rights: it is for policies that select pods by service account. */
export function serviceAccount(infrastructure: Infrastructure): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: objectMetadata(infrastructure, serviceAccountName(infrastructure)),
    automountServiceAccountToken: false,
  };
}
