import { z } from 'zod';
import { record } from '../identity.ts';
import { jsonKind } from '../kind-def.ts';
import { tolerant } from '../tolerant.ts';
import { unknownFields } from '../unknown-fields.ts';
import { durationMs, labels, maxInt32, objectName, visibleText } from '../shape/shape.ts';

/** Part of a Kubernetes object that is passed on unread; the API server checks it when it is applied. */
const passedOn = z.record(z.string(), z.unknown());

const pod = z.object({
  annotations: labels,
  labels,
  affinity: passedOn.optional(),
  tolerations: z.array(passedOn).optional(),
  volumes: z.array(passedOn).optional(),
  securityContext: passedOn.optional(),
  nodeSelector: labels,
  topologySpreadConstraints: z.array(passedOn).optional(),
  imagePullSecrets: z.array(passedOn).optional(),
  priorityClassName: z.string().optional(),
});

const container = z.object({
  env: z.array(passedOn).optional(),
  resources: passedOn.optional(),
  securityContext: passedOn.optional(),
  image: visibleText(1024).optional(),
  volumeMounts: z.array(passedOn).optional(),
});

/** A strategic merge is a JSON merge here: lists are replaced as a whole. */
const patch = z.object({
  type: z.enum(['StrategicMerge', 'JSONMerge']).default('StrategicMerge'),
  value: passedOn,
});

const workload = {
  strategy: passedOn.optional(),
  pod: pod.prefault({}),
  container: container.prefault({}),
  initContainers: z.array(passedOn).optional(),
  patch: patch.optional(),
  name: objectName.optional(),
};

const service = z.object({
  type: z.enum(['ClusterIP', 'LoadBalancer', 'NodePort']).default('LoadBalancer'),
  annotations: labels,
  labels,
  loadBalancerClass: z.string().optional(),
  allocateLoadBalancerNodePorts: z.boolean().optional(),
  loadBalancerSourceRanges: z.array(z.string()).optional(),
  loadBalancerIP: z.string().optional(),
  externalTrafficPolicy: z.enum(['Local', 'Cluster']).default('Local'),
  patch: patch.optional(),
  name: objectName.optional(),
});

const kubernetes = tolerant(
  {
    envoyDeployment: z.object({ replicas: z.int().min(0).max(maxInt32).optional(), ...workload }).optional(),
    envoyDaemonSet: z.object(workload).optional(),
    envoyService: service.prefault({}),
    envoyHpa: z
      .object({
        minReplicas: z.int().min(1).max(maxInt32).optional(),
        maxReplicas: z.int().min(1).max(maxInt32),
        metrics: z.array(passedOn).optional(),
        behavior: passedOn.optional(),
        patch: patch.optional(),
        name: objectName.optional(),
      })
      .optional(),
    envoyPDB: z
      .object({
        minAvailable: z.union([z.int().min(0).max(maxInt32), z.string()]).optional(),
        maxUnavailable: z.union([z.int().min(0).max(maxInt32), z.string()]).optional(),
        patch: patch.optional(),
        name: objectName.optional(),
      })
      .optional(),
    useListenerPortAsContainerPort: z.boolean().default(false),
  },
  {
    envoyDeployment: undefined,
    envoyDaemonSet: undefined,
    envoyService: { type: 'LoadBalancer', annotations: [], labels: [], externalTrafficPolicy: 'Local' },
    envoyHpa: undefined,
    envoyPDB: undefined,
    useListenerPortAsContainerPort: false,
  },
);

const accessLogSetting = z.object({
  format: z
    .object({
      type: z.enum(['Text', 'JSON']).optional(),
      text: z.string().max(8192).optional(),
      json: labels,
    })
    .optional(),
  matches: z.array(z.string()).max(10).default([]),
  sinks: z
    .array(
      z.object({
        type: z.string().max(64),
        file: z.object({ path: visibleText(1024).min(1) }).optional(),
      }),
    )
    .max(50)
    .default([]),
  type: z.enum(['Listener', 'Route', 'Upstream']).optional(),
});

const telemetry = tolerant(
  {
    accessLog: z
      .object({
        disable: z.boolean().default(false),
        settings: z.array(accessLogSetting).max(50).default([]),
      })
      .optional(),
  },
  { accessLog: undefined },
);

const provider = tolerant(
  {
    type: z.literal('Kubernetes', 'must be Kubernetes').default('Kubernetes'),
    kubernetes: kubernetes.prefault({}),
  },
  { type: 'Kubernetes', kubernetes: kubernetes.parse({}) },
);

const fields = {
  provider: provider.prefault({}),
  logging: z.object({ level: labels }).prefault({}),
  telemetry: telemetry.prefault({}),
  routingType: z.enum(['Service', 'Endpoint']).default('Endpoint'),
  concurrency: z.int().min(0).max(maxInt32).optional(),
  extraArgs: z.array(visibleText(1024)).max(64).default([]),
  ipFamily: z.enum(['IPv4', 'IPv6', 'DualStack']).optional(),
  shutdown: z
    .object({
      drainTimeout: durationMs.optional(),
      minDrainDuration: durationMs.optional(),
    })
    .prefault({}),
};

const settings = tolerant(
  { ...fields, leftOut: z.array(z.string()).default([]) },
  {
    provider: provider.parse({}),
    logging: { level: [] },
    telemetry: {},
    routingType: 'Endpoint',
    concurrency: undefined,
    extraArgs: [],
    ipFamily: undefined,
    shutdown: {},
    leftOut: [],
  },
);

/** Fields that change nothing when they are false. */
const switches: ReadonlySet<string> = new Set(['mergeGateways', 'preserveRouteOrder']);

/** `leftOut` lists the fields that the schema does not know, so that the Gateway can name them. */
const spec = z.preprocess((given) => {
  const value = record(given);
  if (value === undefined) return given;
  const leftOut = unknownFields(z.object(fields), value).filter(
    (path) => !(switches.has(path) && value[path] === false),
  );
  return { ...value, leftOut };
}, settings);

const envoyProxy = z.object({ spec: spec.prefault({}) });

export type EnvoyProxyRow = z.infer<typeof envoyProxy>;

export const envoyProxyKind = jsonKind(
  {
    group: 'gateway.envoyproxy.io',
    kind: 'EnvoyProxy',
    versions: ['v1alpha1'],
    plural: 'envoyproxies',
    scope: 'namespaced',
    role: 'support',
  },
  envoyProxy,
);
