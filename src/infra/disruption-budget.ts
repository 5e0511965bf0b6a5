import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import { objectMetadata, podSelector, present, type Manifest } from './manifest.ts';
import { patched } from './merge-patch.ts';

export function disruptionBudget(infrastructure: Infrastructure): Manifest | undefined {
  const wanted = infrastructure.proxy?.provider.kubernetes.envoyPDB;
  if (wanted === undefined) return undefined;
  const { name = infrastructure.name, minAvailable, maxUnavailable, patch } = wanted;
  const manifest: Manifest = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: objectMetadata(infrastructure, name),
    spec: {
      selector: { matchLabels: podSelector(infrastructure) },
      ...present({ minAvailable, maxUnavailable }),
    },
  };
  return patched(manifest, patch);
}
