import type { EnvoyProxyRow } from '../kinds/envoy-gateway/envoy-proxy.ts';
import type { Infrastructure } from '../kinds/own/infrastructure.ts';

type KubernetesSettings = EnvoyProxyRow['spec']['provider']['kubernetes'];
type DeploymentSettings = NonNullable<KubernetesSettings['envoyDeployment']>;
type DaemonSetSettings = NonNullable<KubernetesSettings['envoyDaemonSet']>;

/** The workload of the proxies with its settings from the EnvoyProxy: a Deployment unless it asks for a DaemonSet. */
export type WorkloadSettings =
  | { readonly kind: 'Deployment'; readonly settings: DeploymentSettings | undefined }
  | { readonly kind: 'DaemonSet'; readonly settings: DaemonSetSettings };

/** Envoy Gateway's CRD refuses both at once; here the DaemonSet is taken then. */
export function workloadSettings({ proxy }: Infrastructure): WorkloadSettings {
  const kubernetes = proxy?.provider.kubernetes;
  return kubernetes?.envoyDaemonSet === undefined
    ? { kind: 'Deployment', settings: kubernetes?.envoyDeployment }
    : { kind: 'DaemonSet', settings: kubernetes.envoyDaemonSet };
}

/** Name of the Deployment or DaemonSet. */
export function workloadName(infrastructure: Infrastructure): string {
  return workloadSettings(infrastructure).settings?.name ?? infrastructure.name;
}

export function containerSettings(
  infrastructure: Infrastructure,
): DeploymentSettings['container'] | undefined {
  return workloadSettings(infrastructure).settings?.container;
}
