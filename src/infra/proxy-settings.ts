import type { EnvoyProxyRow } from '../kinds/envoy-gateway/envoy-proxy.ts';
import type { Infrastructure } from '../kinds/own/infrastructure.ts';

type KubernetesSettings = EnvoyProxyRow['spec']['provider']['kubernetes'];
type DeploymentSettings = NonNullable<KubernetesSettings['envoyDeployment']>;
type DaemonSetSettings = NonNullable<KubernetesSettings['envoyDaemonSet']>;

export type WorkloadSettings =
  | { readonly kind: 'Deployment'; readonly settings: DeploymentSettings | undefined }
  | { readonly kind: 'DaemonSet'; readonly settings: DaemonSetSettings };

/** A DaemonSet wins when an EnvoyProxy has both, which Envoy Gateway's CRD refuses. */
export function workloadSettings({ proxy }: Infrastructure): WorkloadSettings {
  const kubernetes = proxy?.provider.kubernetes;
  return kubernetes?.envoyDaemonSet === undefined
    ? { kind: 'Deployment', settings: kubernetes?.envoyDeployment }
    : { kind: 'DaemonSet', settings: kubernetes.envoyDaemonSet };
}

export function workloadName(infrastructure: Infrastructure): string {
  return workloadSettings(infrastructure).settings?.name ?? infrastructure.name;
}

export function serviceAccountName({ proxy, name }: Infrastructure): string {
  return proxy?.provider.kubernetes.envoyServiceAccount?.name ?? name;
}

export function containerSettings(
  infrastructure: Infrastructure,
): DeploymentSettings['container'] | undefined {
  return workloadSettings(infrastructure).settings?.container;
}
