import { afterAll, beforeAll, expect, test } from 'vitest';
import { renderCertificate } from '../../src/infra/certificate.ts';
import type { Manifest } from '../../src/infra/manifest.ts';
import { renderInfrastructure } from '../../src/infra/render.ts';
import { ApiServer } from '../../src/kube/api-server.ts';
import { openCluster } from '../../src/kube/cluster-access.ts';
import { Objects } from '../../src/kube/objects.ts';
import { ownedResources } from '../../src/kube/owned-resource.ts';
import { objectPath } from '../../src/kube/watched-resource.ts';
import { must } from '../../src/lib/assert.ts';
import type { Infrastructure } from '../../src/kinds/own/infrastructure.ts';
import { site, webInfrastructure } from '../rig/kube/infrastructure.ts';
import { Bed, bedIsMissing } from './bed.ts';

const missing = bedIsMissing();
const why = missing === undefined ? '' : ` (${missing})`;
const onBed = test.skipIf(missing !== undefined);

let bed: Bed;
let api: ApiServer;

beforeAll(async () => {
  if (missing !== undefined) return;
  bed = await Bed.up();
  api = new ApiServer(await openCluster({ kubeconfig: bed.kubeconfig }));
}, 120_000);

afterAll(async () => {
  if (missing !== undefined) return;
  await api.close();
  await bed.down();
}, 60_000);

/** Together they set every field that becomes part of an object. */
const proxies: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'all defaults': {},
  'a Deployment of many fields': kubernetes({
    envoyDeployment: {
      replicas: 3,
      name: 'own-name',
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '50%', maxUnavailable: 0 } },
      pod: {
        labels: { team: 'edge' },
        annotations: { note: 'any text, ünïcode too' },
        nodeSelector: { disk: 'fast' },
        tolerations: [{ key: 'edge', operator: 'Exists', effect: 'NoSchedule' }],
        affinity: {
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              {
                weight: 1,
                podAffinityTerm: {
                  topologyKey: 'kubernetes.io/hostname',
                  labelSelector: { matchLabels: { team: 'edge' } },
                },
              },
            ],
          },
        },
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'topology.kubernetes.io/zone',
            whenUnsatisfiable: 'ScheduleAnyway',
            labelSelector: { matchLabels: { team: 'edge' } },
          },
        ],
        securityContext: { fsGroup: 65_532 },
        imagePullSecrets: [{ name: 'pull' }],
        volumes: [{ name: 'scratch', emptyDir: {} }],
      },
      container: {
        image: 'example/envoy:1',
        env: [{ name: 'ZONE', value: 'a' }],
        resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '2Gi' } },
        securityContext: { runAsUser: 1000 },
        volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
      },
      initContainers: [{ name: 'first', image: 'example/first:1' }],
      patch: { value: { spec: { minReadySeconds: 5, template: { spec: { hostAliases: [] } } } } },
    },
    envoyPDB: { minAvailable: 1 },
  }),
  'a DaemonSet': kubernetes({
    envoyDaemonSet: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } } },
    envoyPDB: { maxUnavailable: '20%' },
  }),
  'an autoscaler': kubernetes({
    envoyHpa: {
      minReplicas: 2,
      maxReplicas: 9,
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 60 } },
        },
      ],
      behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
    },
  }),
  'an autoscaler without metrics, and both bounds of disruption left out': kubernetes({
    envoyHpa: { maxReplicas: 2 },
    envoyPDB: {},
  }),
  'a load balancer of many fields': kubernetes({
    envoyService: {
      name: 'entrance',
      annotations: { pool: 'a' },
      labels: { tier: 'edge' },
      loadBalancerClass: 'example.com/fast',
      loadBalancerSourceRanges: ['198.51.100.0/24'],
      allocateLoadBalancerNodePorts: false,
      externalTrafficPolicy: 'Cluster',
    },
  }),
  'node ports': kubernetes({ envoyService: { type: 'NodePort', externalTrafficPolicy: 'Local' } }),
  'a cluster address': kubernetes({ envoyService: { type: 'ClusterIP', externalTrafficPolicy: 'Local' } }),
  'no drain': { shutdown: { drainTimeout: '0s', minDrainDuration: '0s' } },
  'a drain of less than a second': { shutdown: { drainTimeout: '300ms', minDrainDuration: '100ms' } },
  'a drain that must be longer than it may be': { shutdown: { drainTimeout: '1s', minDrainDuration: '1h' } },
  'log levels, arguments and threads': {
    concurrency: 4,
    logging: { level: { default: 'info', upstream: 'debug' } },
    extraArgs: ['--component-log-level', 'http:trace'],
  },
};

const gateways: Readonly<Record<string, Partial<Infrastructure>>> = {
  'a Gateway': {},
  'a Gateway of labels, annotations and one static address': {
    labels: [['example.com/team', 'edge']],
    annotations: [['example.com/note', '{"any": "text"}']],
    addresses: ['192.0.2.7'],
  },
  'a Gateway of two static addresses': { addresses: ['192.0.2.7', '192.0.2.8'] },
  'a Gateway of the longest name': { gateway: `${'g'.repeat(62)}.${'g'.repeat(190)}`, name: 'g'.repeat(45) },
  'a Gateway of 64 ports': {
    ports: Array.from({ length: 64 }, (_, i) => ({
      name: `http-${2000 + i}`,
      protocol: 'TCP' as const,
      port: 2000 + i,
      containerPort: 2000 + i,
    })),
  },
};

onBed(`the API server takes whatever is rendered${why}`, { timeout: 120_000 }, async () => {
  const refused: string[] = [];
  for (const [proxy, spec] of Object.entries(proxies)) {
    for (const [gateway, changes] of Object.entries(gateways)) {
      for (const manifest of everything(webInfrastructure(spec, changes))) {
        const answer = await apply(manifest, { dryRun: 'All' }).catch(String);
        if (typeof answer === 'string') refused.push(`${proxy}; ${gateway}; ${manifest.kind}: ${answer}`);
      }
    }
  }
  expect(refused).toEqual([]);
});

onBed(`an EnvoyProxy can be exchanged for any other${why}`, { timeout: 120_000 }, async () => {
  const refused: string[] = [];
  const there = Object.entries(proxies);
  for (const [proxy, spec] of [...there, ...there.toReversed()]) {
    for (const manifest of everything(webInfrastructure(spec))) {
      const answer = await apply(manifest).catch(String);
      if (typeof answer === 'string') refused.push(`${proxy}: ${manifest.kind}: ${answer}`);
    }
  }
  expect(refused).toEqual([]);
});

onBed(`a piece of an EnvoyProxy that is no part of a Deployment is refused${why}`, async () => {
  const objects = new Objects(api);
  const pieces = [
    {
      container: {
        env: [
          { name: 'A', value: '1' },
          { name: 'A', value: '2' },
        ],
      },
    },
    { container: { resources: { requests: 'much' } } },
    { pod: { tolerations: [{ unheardOf: true }] } },
    { replicas: 3, patch: { value: { spec: { replicas: -3 } } } },
  ];
  for (const envoyDeployment of pieces) {
    const manifests = everything(webInfrastructure(kubernetes({ envoyDeployment })));
    const answers = await Promise.all(
      manifests.map((manifest) => objects.apply(manifest, AbortSignal.timeout(10_000))),
    );
    const failed = manifests.flatMap(({ kind }, i) => {
      const answer = answers[i];
      return answer?.kind === 'failed' ? [[kind, answer.reason]] : [];
    });
    expect(failed).toEqual([['Deployment', 'refused']]);
  }
});

const material = { certificate: 'CERTIFICATE', privateKey: 'KEY', ca: 'CA' };

function everything(infrastructure: Infrastructure): readonly Manifest[] {
  return [...renderInfrastructure(infrastructure, site), renderCertificate(infrastructure, material)];
}

function kubernetes(fields: object): Readonly<Record<string, unknown>> {
  return { provider: { type: 'Kubernetes', kubernetes: fields } };
}

async function apply(
  { kind, ...manifest }: Manifest,
  query: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const resource = must(
    ownedResources.find((one) => one.kind === kind),
    kind,
  );
  const [version] = resource.versions;
  const { namespace, name } = manifest.metadata;
  return api.send(
    {
      method: 'PATCH',
      path: objectPath(resource, version, namespace, name),
      query: new URLSearchParams({ fieldManager: 'sluice', force: 'true', ...query }),
      contentType: 'application/apply-patch+yaml',
      body: { kind, ...manifest },
    },
    AbortSignal.timeout(10_000),
  );
}
