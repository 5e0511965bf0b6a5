import { proxyPorts } from '../units/container-port.ts';
import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import { certificateName } from './certificate.ts';
import { configHash, configName } from './config-secret.ts';
import { drainTimes } from './drain-times.ts';
import { objectLabels, present } from './manifest.ts';
import { proxyContainer, volumeNames } from './proxy-container.ts';
import { workloadSettings } from './proxy-settings.ts';
import { metricsPath } from './readiness-listener.ts';
import type { Site } from './site.ts';

/** The pods of a Gateway. Every change of this replaces them, so only what an Envoy cannot take in while it runs is in it. */
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
      serviceAccountName: infrastructure.name,
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

/** Time that the pod has left after the drain, for Envoy to end by itself. */
const graceSeconds = 10;

/** For a Prometheus that goes by annotations; an EnvoyProxy may say otherwise. */
const scraping = {
  'prometheus.io/scrape': 'true',
  'prometheus.io/port': String(proxyPorts.readiness),
  'prometheus.io/path': metricsPath,
};

function nodeSelector(labels: readonly (readonly [string, string])[] = []): object | undefined {
  return labels.length === 0 ? undefined : Object.fromEntries(labels);
}

/** The one way for a process without privileges to have the low ports that such an EnvoyProxy asks for. */
function securityContext({ proxy }: Infrastructure): object | undefined {
  if (proxy?.provider.kubernetes.useListenerPortAsContainerPort !== true) return undefined;
  return { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] };
}
