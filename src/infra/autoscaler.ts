import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import { objectMetadata, present, type Manifest } from './manifest.ts';
import { patched } from './merge-patch.ts';
import { workloadName, workloadSettings } from './proxy-settings.ts';

/** Returns undefined unless the EnvoyProxy asks for one. Kubernetes cannot scale a DaemonSet. */
export function autoscaler(infrastructure: Infrastructure): Manifest | undefined {
  const wanted = infrastructure.proxy?.provider.kubernetes.envoyHpa;
  if (wanted === undefined || workloadSettings(infrastructure).kind === 'DaemonSet') return undefined;
  const { name = infrastructure.name, minReplicas, maxReplicas, metrics, behavior, patch } = wanted;
  const manifest: Manifest = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: objectMetadata(infrastructure, name),
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: workloadName(infrastructure) },
      maxReplicas,
      ...present({ minReplicas, metrics, behavior }),
    },
  };
  return patched(manifest, patch);
}
