import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { followedRules } from '../charts/followed-rules.ts';
import { valuesSchema } from '../charts/values-schema.ts';
import { buildName } from '../src/run/version.ts';
import { must } from '../src/lib/assert.ts';
import {
  type Values,
  chartTest,
  configOf,
  podSpec,
  render,
  template,
  why,
} from './rig/kube/rendered-chart.ts';
import { dashboard } from '../charts/dashboard.ts';
import { ruleGroups } from '../docs/alerts.ts';

function admission(config: Values): string {
  const objects = [...render({ config, admissionPolicies: { enabled: true } })];
  return JSON.stringify(objects.filter(([name]) => name.startsWith('ValidatingAdmissionPolicy/')));
}

function annotations(values: Values): unknown {
  const { spec } = must(render(values).get('Deployment/sluice'), 'Deployment') as unknown as {
    spec: { template: { metadata: { annotations: unknown } } };
  };
  return spec.template.metadata.annotations;
}

chartTest(`the default values make a config file that Sluice accepts${why}`, () => {
  expect(configOf({})).toMatchObject({
    kind: 'ok',
    config: {
      provider: { type: 'kubernetes' },
      xds: { address: '0.0.0.0', port: 18_000, tls: { secret: 'sluice-tls' } },
      admin: { address: '0.0.0.0', port: 19_000 },
      probes: { address: '0.0.0.0', port: 19_001 },
    },
  });
});

chartTest(`every option of Sluice can be set, and big numbers stay what they are${why}`, () => {
  const config = { xds: { port: 18_001, maxRequestBytes: 1_073_741_824 }, endpoints: { workers: 4 } };
  expect(configOf({ config })).toMatchObject({
    kind: 'ok',
    config: { ...config, provider: { type: 'kubernetes' } },
  });
  const objects = render({ config });
  expect(objects.get('Deployment/sluice')).toMatchObject(
    podSpec({ containers: [{ ports: [{ name: 'xds', containerPort: 18_001 }, {}, {}] }] }),
  );
});

test('the schema of the values has the options of Sluice: node charts/values-schema.ts', () => {
  const { written, wanted } = valuesSchema();
  expect(written).toEqual(wanted);
});

test('the rules of the chart are those of the table of kinds: node charts/followed-rules.ts', () => {
  const { written, wanted } = followedRules();
  expect(written).toBe(wanted);
});

chartTest.each<[Values, string]>([
  [{ replica: 3 }, "at '': additional properties 'replica' not allowed"],
  [{ image: { tag: 7 } }, "at '/image/tag': got number, want string"],
  [{ config: { xds: { prot: 1 } } }, "at '/config/xds': additional properties 'prot' not allowed"],
  [{ config: { endpoints: { windowMs: -1 } } }, "at '/config/endpoints/windowMs': minimum"],
])(`the values %j are refused with their path${why}`, (values, message) => {
  expect(template(values).stderr).toContain(message);
});

chartTest.each(['sluice', 'sluice-infrastructure'])(
  `the pod of %s meets the pod security standard "restricted"${why}`,
  (name) => {
    expect(render({}).get(`Deployment/${name}`)).toMatchObject(
      podSpec({
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 65_532,
          seccompProfile: { type: 'RuntimeDefault' },
        },
        containers: [
          {
            image: `sluice/sluice:${buildName().split(' ')[1]}`,
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ['ALL'] },
            },
          },
        ],
      }),
    );
  },
);

chartTest(`modules have a volume of their own, with room for the cache of the config${why}`, () => {
  const volumes = [{ name: 'config' }, { name: 'tmp' }, { name: 'cache', emptyDir: { sizeLimit: '200Mi' } }];
  const mount = { name: 'cache', mountPath: '/var/cache/sluice' };
  expect(render({ config: { wasm: { cacheMiB: 100 } } }).get('Deployment/sluice')).toMatchObject(
    podSpec({ volumes, containers: [{ volumeMounts: [{}, {}, mount] }] }),
  );
  expect(configOf({})).toMatchObject({ config: { wasm: { cacheDirectory: mount.mountPath } } });
});

chartTest(`a change of the config alone restarts the pods${why}`, () => {
  expect(annotations({ replicas: 3 })).toEqual(annotations({}));
  expect(annotations({ config: { log: { level: 'debug' } } })).not.toEqual(annotations({}));
});

chartTest(`every selector is that of the Deployment's pods${why}`, () => {
  const pods = { 'app.kubernetes.io/name': 'sluice', 'app.kubernetes.io/instance': 'edge' };
  const objects = render({ serviceMonitor: { enabled: true } }, 'edge');
  const selector = { matchLabels: pods };
  expect(objects.get('Deployment/sluice')).toMatchObject({
    spec: { selector, template: { metadata: { labels: pods } } },
  });
  expect(objects.get('PodDisruptionBudget/sluice')).toMatchObject({ spec: { selector } });
  expect(objects.get('NetworkPolicy/sluice')).toMatchObject({ spec: { podSelector: selector } });
  expect(objects.get('Service/sluice')).toMatchObject({ spec: { selector: pods } });
  expect(objects.get('Service/sluice')).toMatchObject({ metadata: { labels: pods } });
  expect(objects.get('ServiceMonitor/sluice')).toMatchObject({ spec: { selector } });
});

chartTest(`the pods of the two Deployments are selected apart${why}`, () => {
  const pods = { 'app.kubernetes.io/name': 'sluice-infrastructure', 'app.kubernetes.io/instance': 'edge' };
  const objects = render({ serviceMonitor: { enabled: true } }, 'edge');
  const selector = { matchLabels: pods };
  expect(objects.get('Deployment/sluice-infrastructure')).toMatchObject({
    spec: { selector, template: { metadata: { labels: pods } } },
  });
  for (const kind of ['PodDisruptionBudget', 'ServiceMonitor'])
    expect(objects.get(`${kind}/sluice-infrastructure`)).toMatchObject({ spec: { selector } });
  expect(objects.get('NetworkPolicy/sluice-infrastructure')).toMatchObject({
    spec: { podSelector: selector },
  });
  expect(objects.get('Service/sluice-infrastructure')).toMatchObject({ spec: { selector: pods } });
});

chartTest(`a Prometheus finds pods, alerts and the dashboard, where it is asked for${why}`, () => {
  const kinds = ['PodMonitor/sluice', 'PrometheusRule/sluice', 'ConfigMap/sluice-dashboard'];
  const none = render({});
  expect(kinds.filter((kind) => none.has(kind))).toEqual([]);
  expect(JSON.stringify(none.get('Deployment/sluice'))).not.toContain('prometheus.io');
  const objects = render(
    {
      config: { admin: { port: 19999 } },
      podMonitor: { enabled: true, interval: '15s', labels: { release: 'p' } },
      scrapeAnnotations: true,
      prometheusRule: { enabled: true, labels: { release: 'p' }, runbookUrl: 'https://runbooks.test/sluice' },
      dashboard: { enabled: true, annotations: { folder: 'edge' } },
    },
    'edge',
  );
  expect(objects.get('PodMonitor/sluice')).toMatchObject({
    metadata: { labels: { release: 'p' } },
    spec: { podMetricsEndpoints: [{ port: 'admin', path: '/metrics', interval: '15s' }] },
  });
  for (const name of ['sluice', 'sluice-infrastructure'])
    expect(objects.get(`Deployment/${name}`)).toMatchObject({
      spec: {
        template: {
          metadata: {
            annotations: {
              'prometheus.io/scrape': 'true',
              'prometheus.io/port': '19999',
              'prometheus.io/path': '/metrics',
            },
          },
        },
      },
    });
  const wanted: unknown = JSON.parse(dashboard().wanted);
  const groups = JSON.stringify(ruleGroups()).replaceAll('RUNBOOK_URL', 'https://runbooks.test/sluice');
  expect(objects.get('PrometheusRule/sluice')).toMatchObject({
    metadata: { labels: { release: 'p' } },
    spec: JSON.parse(groups) as object,
  });
  expect(objects.get('ConfigMap/sluice-dashboard')).toMatchObject({
    metadata: { labels: { grafana_dashboard: '1' }, annotations: { folder: 'edge' } },
    data: { 'sluice.json': expect.toSatisfy((text: string) => isDeepStrictEqual(JSON.parse(text), wanted)) },
  });
});

chartTest(`what is turned off is not there, and what is asked for is${why}`, () => {
  const off = render({
    gatewayClass: { create: false },
    rbac: { create: false },
    serviceAccount: { create: false },
    infrastructure: { serviceAccount: { create: false } },
    podDisruptionBudget: { enabled: false },
    networkPolicy: { enabled: false },
  });
  expect([...off.keys()].sort()).toEqual([
    'ConfigMap/sluice',
    'Deployment/sluice',
    'Deployment/sluice-infrastructure',
    'Service/sluice',
  ]);
  expect(off.get('Deployment/sluice')).toMatchObject(podSpec({ serviceAccountName: 'default' }));
  const peer = { namespaceSelector: { matchLabels: { team: 'ops' } } };
  const parametersRef = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: 'p', namespace: 'n' };
  const tolerations = [{ operator: 'Exists' }];
  const on = render({
    config: { controllerName: 'example.com/other' },
    gatewayClass: { name: 'other', parametersRef },
    networkPolicy: { xdsFrom: [peer], adminFrom: [peer], apiServerPorts: [7443], registryPorts: [5001] },
    nodeOptions: '--max-semi-space-size=4',
    env: [{ name: 'TZ', value: 'UTC' }],
    imagePullSecrets: [{ name: 'registry' }],
    priorityClassName: 'high',
    tolerations,
  });
  expect(on.get('GatewayClass/other')).toMatchObject({
    spec: { controllerName: 'example.com/other', parametersRef },
  });
  expect(on.get('NetworkPolicy/sluice')).toMatchObject({
    spec: {
      ingress: [{ from: [peer] }, { from: [peer] }],
      egress: [{}, { ports: [{ port: 7443 }] }, { ports: [{ port: 5001 }] }],
    },
  });
  expect(on.get('Deployment/sluice')).toMatchObject(
    podSpec({
      imagePullSecrets: [{ name: 'registry' }],
      priorityClassName: 'high',
      tolerations,
      containers: [
        {
          env: [
            { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'POD_UID', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } },
            { name: 'MALLOC_ARENA_MAX', value: '2' },
            { name: 'MALLOC_MMAP_THRESHOLD_', value: '65536' },
            { name: 'MALLOC_TRIM_THRESHOLD_', value: '131072' },
            { name: 'NODE_OPTIONS', value: '--max-semi-space-size=4' },
            { name: 'TZ', value: 'UTC' },
          ],
        },
      ],
    }),
  );
});

chartTest(`what the operator allows, no admission policy refuses${why}`, () => {
  const allowing = admission({
    translate: { lua: true },
    wasm: { hostKeys: ['REGION'] },
    provider: { kubernetes: { infrastructure: { externalIPs: ['192.0.2.0/24'] } } },
  });
  const byDefault = admission({});
  for (const text of ['spec.lua:', 'spec.addresses'])
    expect([text, byDefault.includes(text), allowing.includes(text)]).toEqual([text, true, false]);
  expect(byDefault).toContain('k in []');
  expect(allowing).toContain('k in [\\"REGION\\"]');
});

chartTest(`an image that is given by its digest is that one and no other${why}`, () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  expect(render({ image: { tag: 'moves', digest } }).get('Deployment/sluice')).toMatchObject(
    podSpec({ containers: [{ image: `sluice/sluice@${digest}` }] }),
  );
  expect(template({ image: { digest: 'latest' } }).stderr).toContain("at '/image/digest'");
});

chartTest(`nothing of the chart names a registry${why}`, () => {
  const images = [...template({}).stdout.matchAll(/image: "?([^"\n]+)/g)].map((match) => match[1]);
  const image = expect.stringMatching(/^sluice\/sluice:/);
  expect(images).toEqual([image, image]);
});
