import { expect, test } from 'vitest';
import { site, webInfrastructure } from '../../test/rig/kube/infrastructure.ts';
import type { Infrastructure } from '../kinds/own/infrastructure.ts';
import { workload } from './workload.ts';

test('without an EnvoyProxy a Deployment runs Envoy with no privileges', () => {
  const { deployment, pod, container } = parts(webInfrastructure());
  expect(deployment).toMatchObject({ kind: 'Deployment', metadata: { name: 'web-sluice' } });
  expect(pod).toMatchObject({
    serviceAccountName: 'web-sluice',
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 20,
  });
  expect(container).toMatchObject({
    name: 'envoy',
    image: 'envoyproxy/envoy:distroless-v1.40.0',
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65_532,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    readinessProbe: { httpGet: { path: '/ready', port: 19_003 } },
    lifecycle: { preStop: { httpGet: { path: '/drain/token-of-default-web', port: 19_002 } } },
  });
  expect(text(container['args'])).toBe(
    '--config-path /etc/sluice/config/bootstrap.json --service-node $(ENVOY_POD_NAME) --log-level warn --drain-strategy immediate --drain-time-s 10 --disable-hot-restart',
  );
});

test('pods carry the labels and annotations of the Gateway and of the EnvoyProxy, and those of the selector', () => {
  const infrastructure = withDeployment(
    { pod: { labels: { tier: 'edge' }, annotations: { 'prometheus.io/scrape': 'false' } } },
    { labels: [['team', 'proxy']], annotations: [['cost', 'low']] },
  );
  const { deployment, template } = parts(infrastructure);
  expect(template.metadata).toMatchObject({
    labels: { tier: 'edge', team: 'proxy' },
    annotations: { cost: 'low', 'prometheus.io/scrape': 'false', 'prometheus.io/port': '19003' },
  });
  const { matchLabels } = deployment.spec.selector;
  expect(template.metadata.labels).toMatchObject(matchLabels);
  expect(Object.keys(matchLabels)).toHaveLength(3);
});

test('a port more, a certificate or an address changes no pod, and a longer drain does', () => {
  const before = parts(webInfrastructure()).template;
  const changes = { ports: [], addresses: ['192.0.2.7'] };
  expect(parts(webInfrastructure(undefined, changes)).template).toEqual(before);
  const slower = parts(webInfrastructure({ shutdown: { drainTimeout: '60s' } })).template;
  expect(slower.metadata.annotations['sluice.dev/config-hash']).not.toBe(
    before.metadata.annotations['sluice.dev/config-hash'],
  );
});

test('what an EnvoyProxy says of the pod and the container is passed on', () => {
  const { deployment, pod, container } = parts(
    withDeployment({
      name: 'edge',
      replicas: 3,
      strategy: { type: 'Recreate' },
      initContainers: [{ name: 'first' }],
      pod: {
        nodeSelector: { zone: 'a' },
        tolerations: [{ operator: 'Exists' }],
        priorityClassName: 'high',
        volumes: [{ name: 'extra', emptyDir: {} }],
      },
      container: {
        image: 'example.com/envoy:1',
        env: [{ name: 'A', value: '1' }],
        resources: { limits: { memory: '1Gi' } },
        volumeMounts: [{ name: 'extra', mountPath: '/extra' }],
      },
    }),
  );
  expect(deployment).toMatchObject({
    metadata: { name: 'edge' },
    spec: { replicas: 3, strategy: { type: 'Recreate' } },
  });
  expect(pod).toMatchObject({
    initContainers: [{ name: 'first' }],
    nodeSelector: { zone: 'a' },
    tolerations: [{ operator: 'Exists' }],
    priorityClassName: 'high',
  });
  expect(names(pod['volumes'])).toEqual(['sluice-config', 'sluice-certificate', 'extra']);
  expect(names(container['volumeMounts'])).toEqual(['sluice-config', 'sluice-certificate', 'extra']);
  expect(container).toMatchObject({
    image: 'example.com/envoy:1',
    resources: { limits: { memory: '1Gi' } },
  });
  expect(names(container['env'])).toEqual(['ENVOY_POD_NAME', 'A']);
});

test('a patch of the Deployment reaches the container of Envoy by its name', () => {
  const value = {
    spec: { template: { spec: { containers: [{ name: 'envoy', imagePullPolicy: 'Always' }] } } },
  };
  const { container } = parts(withDeployment({ patch: { value } }));
  expect(container).toMatchObject({ name: 'envoy', imagePullPolicy: 'Always' });
  expect(container['args']).toContain('--service-node');
});

test('an EnvoyProxy that asks for a DaemonSet gets one, with no number of replicas', () => {
  const strategy = { type: 'OnDelete' };
  const { deployment } = parts(kubernetes({ envoyDaemonSet: { strategy } }));
  expect(deployment).toMatchObject({ kind: 'DaemonSet', spec: { updateStrategy: strategy } });
  expect(deployment.spec).not.toHaveProperty('replicas');
});

test('an autoscaler alone says the number of replicas', () => {
  const { deployment } = parts(
    kubernetes({ envoyDeployment: { replicas: 3 }, envoyHpa: { maxReplicas: 5 } }),
  );
  expect(deployment.spec).not.toHaveProperty('replicas');
});

test('flags of an EnvoyProxy replace ours, and levels that Envoy does not know are left out', () => {
  const { container } = parts(
    webInfrastructure({
      concurrency: 2,
      extraArgs: ['--log-level', 'info', '--drain-time-s=5', '--cpuset-threads'],
      logging: { level: { default: 'debug', http: 'trace', nonsense: 'debug', router: 'loud' } },
    }),
  );
  expect(text(container['args'])).toBe(
    '--config-path /etc/sluice/config/bootstrap.json --service-node $(ENVOY_POD_NAME) --component-log-level http:trace --drain-strategy immediate --concurrency 2 --disable-hot-restart --log-level info --drain-time-s=5 --cpuset-threads',
  );
});

test.each([
  '-c',
  '-cother',
  '--config-path=/other',
  '--config-yaml',
  '--service-node=other',
  '--mode=validate',
])('the flag %s is not passed on', (flag) => {
  const { container } = parts(webInfrastructure({ extraArgs: [flag, 'other'], concurrency: 2 }));
  expect(text(container['args'])).toContain('--config-path /etc/sluice/config/bootstrap.json ');
  expect(text(container['args'])).not.toContain('other');
  expect(text(container['args'])).toContain('--concurrency 2');
});

test.each([
  [{ imageRepository: 'mirror:5000/envoy' }, 'mirror:5000/envoy:distroless-v1.40.0'],
  [{ imageRepository: 'mirror/envoy', image: 'own:1' }, 'own:1'],
  [{}, site.image],
])('the image of %j is %s', (settings, expected) => {
  expect(parts(withDeployment({ container: settings })).container).toMatchObject({ image: expected });
});

test('the ServiceAccount has the name that an EnvoyProxy gives it', () => {
  const { pod } = parts(kubernetes({ envoyServiceAccount: { name: 'edge' } }));
  expect(pod).toMatchObject({ serviceAccountName: 'edge' });
});

test('a proxy that is to end at once has no hook', () => {
  const { pod, container } = parts(webInfrastructure({ shutdown: { drainTimeout: '0s' } }));
  expect(container).not.toHaveProperty('lifecycle');
  expect(pod).toMatchObject({ terminationGracePeriodSeconds: 10 });
});

test('low ports that are asked for as they are can be bound without privileges', () => {
  expect(parts(kubernetes({ useListenerPortAsContainerPort: true })).pod).toMatchObject({
    securityContext: { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] },
  });
});

type Fields = Readonly<Record<string, unknown>>;

interface Template {
  readonly metadata: { readonly labels: Fields; readonly annotations: Fields };
  readonly spec: Fields & { readonly containers: readonly Fields[] };
}

interface Parts {
  readonly kind: string;
  readonly spec: Fields & {
    readonly selector: { readonly matchLabels: Fields };
    readonly template: Template;
  };
}

function parts(infrastructure: Infrastructure): {
  deployment: Parts;
  template: Template;
  pod: Fields;
  container: Fields;
} {
  const deployment = workload(infrastructure, site) as unknown as Parts;
  const { template } = deployment.spec;
  return { deployment, template, pod: template.spec, container: template.spec.containers[0] ?? {} };
}

function withDeployment(envoyDeployment: object, changes: Partial<Infrastructure> = {}): Infrastructure {
  return kubernetes({ envoyDeployment }, changes);
}

function kubernetes(settings: object, changes: Partial<Infrastructure> = {}): Infrastructure {
  return webInfrastructure({ provider: { kubernetes: settings } }, changes);
}

function names(items: unknown): readonly string[] {
  return (items as readonly { readonly name: string }[]).map(({ name }) => name);
}

function text(words: unknown): string {
  return (words as readonly string[]).join(' ');
}
