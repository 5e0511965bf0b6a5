import { isLogLevel } from '../kinds/envoy-gateway/log-levels.ts';
import { proxyPorts } from '../units/container-port.ts';
import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import { certificateFolder } from './certificate.ts';
import { bootstrapPath, configFolder } from './config-secret.ts';
import { drainPath } from './drain-listener.ts';
import { drainTimes } from './drain-times.ts';
import { present } from './manifest.ts';
import { containerSettings } from './proxy-settings.ts';
import { readinessPath } from './readiness-listener.ts';
import type { Site } from './site.ts';

export const volumeNames = { config: 'sluice-config', certificate: 'sluice-certificate' } as const;

/** Omits the ports of the Gateway: listing them opens nothing, and each change would replace all proxies. */
export function proxyContainer(infrastructure: Infrastructure, site: Site): object {
  const wanted = containerSettings(infrastructure);
  return {
    name: 'envoy',
    image: wanted?.image ?? imageFrom(wanted?.imageRepository, site.image),
    args: proxyArguments(infrastructure, site),
    env: [
      { name: 'ENVOY_POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
      ...(wanted?.env ?? []),
    ],
    ports: [{ name: 'metrics', containerPort: proxyPorts.readiness, protocol: 'TCP' }],
    resources: wanted?.resources ?? resources,
    securityContext: wanted?.securityContext ?? securityContext,
    volumeMounts: [
      { name: volumeNames.config, mountPath: configFolder, readOnly: true },
      { name: volumeNames.certificate, mountPath: certificateFolder, readOnly: true },
      ...(wanted?.volumeMounts ?? []),
    ],
    // In effect never fails: a restart does not help an Envoy that waits for Sluice.
    startupProbe: { ...readiness, periodSeconds: 1, failureThreshold: 1_000_000 },
    readinessProbe: { ...readiness, periodSeconds: 5, failureThreshold: 3 },
    ...present({ lifecycle: lifecycle(infrastructure, site) }),
  };
}

/** Returns the image with its repository replaced. A tag has no slash, which a registry's port has behind it. */
function imageFrom(repository: string | undefined, image: string): string {
  return repository === undefined ? image : `${repository}${/(:[^/@]+)?(@.*)?$/.exec(image)?.[0] ?? ''}`;
}

/** Defaults of Envoy Gateway, so that a fleet fits on the same nodes. */
const resources = { requests: { cpu: '100m', memory: '512Mi' } };

const securityContext = {
  runAsNonRoot: true,
  runAsUser: 65_532,
  runAsGroup: 65_532,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

const readiness = {
  httpGet: { path: readinessPath, port: proxyPorts.readiness, scheme: 'HTTP' },
  timeoutSeconds: 3,
  successThreshold: 1,
};

function lifecycle(infrastructure: Infrastructure, site: Site): object | undefined {
  if (drainTimes(infrastructure, site).timeoutMs === 0) return undefined;
  const path = drainPath(site.drainToken(infrastructure.namespace, infrastructure.gateway));
  return { preStop: { httpGet: { path, port: proxyPorts.drain, scheme: 'HTTP' } } };
}

/** Envoy refuses a flag that is given twice, so flags of an EnvoyProxy replace Sluice's. */
function proxyArguments(infrastructure: Infrastructure, site: Site): readonly string[] {
  const { concurrency, extraArgs = [], logging } = infrastructure.proxy ?? {};
  const levels = new Map(logging?.level.filter(isLogLevel));
  const components = [...levels].filter(([component]) => component !== 'default');
  const { timeoutMs } = drainTimes(infrastructure, site);
  const flags: readonly (readonly [string, string] | undefined)[] = [
    ['--config-path', bootstrapPath],
    ['--service-node', '$(ENVOY_POD_NAME)'],
    ['--log-level', levels.get('default') ?? 'warn'],
    components.length === 0
      ? undefined
      : ['--component-log-level', components.map((pair) => pair.join(':')).join(',')],
    // Asks all connections to close at once, not gradually, as the pod is about to end.
    ['--drain-strategy', 'immediate'],
    timeoutMs === 0 ? undefined : ['--drain-time-s', String(Math.ceil(timeoutMs / 1000))],
    concurrency === undefined ? undefined : ['--concurrency', String(concurrency)],
  ];
  const given = new Set(extraArgs.map((text) => text.split('=')[0]));
  const own = flags.filter((flag) => flag !== undefined).filter(([name]) => !given.has(name));
  const switches = ['--disable-hot-restart'].filter((name) => !given.has(name));
  return [...own.flat(), ...switches, ...extraArgs];
}
