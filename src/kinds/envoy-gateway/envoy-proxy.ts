import { z } from 'zod';
import { jsonKind } from '../kind-def.ts';
import { durationMs, labels, objectName, visibleText } from '../shape/shape.ts';

/** A piece of a Kubernetes object that is handed on as it is; the API server judges it when it is applied. */
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
  /** An image without its tag, which stays the one of the config. */
  imageRepository: visibleText(1024).optional(),
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

const kubernetes = z.object({
  envoyDeployment: z.object({ replicas: z.int().min(0).optional(), ...workload }).optional(),
  envoyDaemonSet: z.object(workload).optional(),
  envoyService: service.prefault({}),
  envoyHpa: z
    .object({
      minReplicas: z.int().min(1).optional(),
      maxReplicas: z.int().min(1),
      metrics: z.array(passedOn).optional(),
      behavior: passedOn.optional(),
      patch: patch.optional(),
      name: objectName.optional(),
    })
    .optional(),
  envoyPDB: z
    .object({
      minAvailable: z.union([z.int(), z.string()]).optional(),
      maxUnavailable: z.union([z.int(), z.string()]).optional(),
      patch: patch.optional(),
      name: objectName.optional(),
    })
    .optional(),
  envoyServiceAccount: z.object({ name: objectName.optional() }).optional(),
  useListenerPortAsContainerPort: z.boolean().default(false),
});

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

/** What Sluice does nothing with yet, so that the Gateway can say so instead of leaving the user to wonder. */
const given = z
  .unknown()
  .optional()
  .transform((value) => value !== undefined);

const telemetry = z.object({
  accessLog: z
    .object({
      disable: z.boolean().default(false),
      settings: z.array(accessLogSetting).max(50).default([]),
    })
    .optional(),
  tracing: given,
  metrics: given,
});

const spec = z
  .object({
    provider: z
      .object({
        type: z.literal('Kubernetes', 'must be Kubernetes').default('Kubernetes'),
        kubernetes: kubernetes.prefault({}),
      })
      .prefault({}),
    logging: z.object({ level: labels }).prefault({}),
    telemetry: telemetry.prefault({}),
    routingType: z.enum(['Service', 'Endpoint']).default('Endpoint'),
    concurrency: z.int().min(0).optional(),
    extraArgs: z.array(visibleText(1024)).max(64).default([]),
    ipFamily: z.enum(['IPv4', 'IPv6', 'DualStack']).optional(),
    shutdown: z
      .object({
        healthCheckFailureDelay: durationMs.optional(),
        drainTimeout: durationMs.optional(),
        minDrainDuration: durationMs.optional(),
      })
      .prefault({}),
    mergeGateways: z.boolean().default(false),
    preserveRouteOrder: z.boolean().default(false),
    bootstrap: given,
    filterOrder: given,
    backendTLS: given,
    mergeType: given,
  })
  .transform((value) => {
    const { telemetry: all, ...rest } = value;
    const { mergeGateways, preserveRouteOrder, bootstrap, filterOrder, backendTLS, mergeType, ...kept } =
      rest;
    const { tracing, metrics, ...followed } = all;
    const others = { mergeGateways, preserveRouteOrder, bootstrap, filterOrder, backendTLS, mergeType };
    const fields = { ...others, 'telemetry.tracing': tracing, 'telemetry.metrics': metrics };
    return {
      ...kept,
      telemetry: followed,
      /** Field paths below `spec` of what is set and not supported. */
      unsupported: Object.entries(fields).flatMap(([path, isSet]) => (isSet ? [path] : [])),
    };
  });

const envoyProxy = z.object({ spec: spec.prefault({}) });

export type EnvoyProxyRow = z.infer<typeof envoyProxy>;

/** Envoy Gateway's kind: how the proxies of a Gateway, or of a GatewayClass, are run. */
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
