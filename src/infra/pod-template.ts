import { proxyPorts } from '../units/container-port.ts';
import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import { certificateName } from './certificate.ts';
import { configHash, configName } from './config-secret.ts';
import { drainTimes } from './drain-times.ts';
import { objectLabels, present } from './manifest.ts';
import { proxyContainer, volumeNames } from './proxy-container.ts';
import { serviceAccountName, workloadSettings } from './proxy-settings.ts';
import { metricsPath } from './readiness-listener.ts';
import type { Site } from './site.ts';

/** Every change of this replaces the pods, so it has only what a running Envoy cannot take in. */
export function podTemplate(infrastructure: Infrastructure, site: Site): object {
  const { settings } = workloadSettings(infrastructure);
  const pod = settings?.pod;
  return {
    metadata: {
      labels: objectLabels(infrastructure, pod?.labels),
      annotations: {
        ...scraping,
        ...Object.fromEntries([...(pod?.annotations ?? []), ...infrastructure.annotations]),
        'sluice.dev/config-hash': configHash(infrastructure, site),
      },
    },
    spec: {
      serviceAccountName: serviceAccountName(infrastructure),
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds:
        Math.ceil(drainTimes(infrastructure, site).timeoutMs / 1000) + graceSeconds,
      containers: [proxyContainer(infrastructure, site)],
      volumes: [
        { name: volumeNames.config, secret: { secretName: configName(infrastructure) } },
        { name: volumeNames.certificate, secret: { secretName: certificateName(infrastructure) } },
        ...(pod?.volumes ?? []),
      ],
      ...present({
        initContainers: settings?.initContainers,
        affinity: pod?.affinity,
        tolerations: pod?.tolerations,
        nodeSelector: nodeSelector(pod?.nodeSelector),
        topologySpreadConstraints: pod?.topologySpreadConstraints,
        imagePullSecrets: pod?.imagePullSecrets,
        priorityClassName: pod?.priorityClassName,
        securityContext: pod?.securityContext ?? securityContext(infrastructure),
      }),
    },
  };
}

/** Time for Envoy to end by itself after the drain. */
const graceSeconds = 10;

/** For a Prometheus that finds pods by annotations. An EnvoyProxy may override them. */
const scraping = {
  'prometheus.io/scrape': 'true',
  'prometheus.io/port': String(proxyPorts.readiness),
  'prometheus.io/path': metricsPath,
};

function nodeSelector(labels: readonly (readonly [string, string])[] = []): object | undefined {
  return labels.length === 0 ? undefined : Object.fromEntries(labels);
}

/** Lets a process without privileges bind the low ports that such an EnvoyProxy asks for. */
function securityContext({ proxy }: Infrastructure): object | undefined {
  if (proxy?.provider.kubernetes.useListenerPortAsContainerPort !== true) return undefined;
  return { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] };
}
