import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import { objectMetadata, podSelector, present, type Manifest } from './manifest.ts';
import { patched } from './merge-patch.ts';
import { podTemplate } from './pod-template.ts';
import { workloadName, workloadSettings } from './proxy-settings.ts';
import type { Site } from './site.ts';

export function workload(infrastructure: Infrastructure, site: Site): Manifest {
  const { kind, settings } = workloadSettings(infrastructure);
  const manifest: Manifest = {
    apiVersion: 'apps/v1',
    kind,
    metadata: objectMetadata(infrastructure, workloadName(infrastructure)),
    spec: {
      selector: { matchLabels: podSelector(infrastructure) },
      template: podTemplate(infrastructure, site),
      ...present(
        kind === 'DaemonSet'
          ? { updateStrategy: settings.strategy }
          : { strategy: settings?.strategy, replicas: replicas(infrastructure) },
      ),
    },
  };
  return patched(manifest, settings?.patch);
}

/** Undefined where an autoscaler, of Sluice or of others, may set the number: applying one would set it back. */
function replicas(infrastructure: Infrastructure): number | undefined {
  const wanted = workloadSettings(infrastructure);
  const scaled = infrastructure.proxy?.provider.kubernetes.envoyHpa !== undefined;
  return wanted.kind === 'DaemonSet' || scaled ? undefined : wanted.settings?.replicas;
}
