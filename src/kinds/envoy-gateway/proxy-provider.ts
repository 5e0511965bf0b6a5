import { z } from 'zod';
import { labels, maxInt32, objectName, visibleText } from '../shape/shape.ts';
import { tolerant } from '../tolerant.ts';

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
  /** An image without a tag, which is that of Sluice's own image. */
  imageRepository: visibleText(1024).optional(),
  volumeMounts: z.array(passedOn).optional(),
});

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
    envoyServiceAccount: z.object({ name: objectName.optional() }).optional(),
    useListenerPortAsContainerPort: z.boolean().default(false),
  },
  {
    envoyDeployment: undefined,
    envoyDaemonSet: undefined,
    envoyService: { type: 'LoadBalancer', annotations: [], labels: [], externalTrafficPolicy: 'Local' },
    envoyHpa: undefined,
    envoyPDB: undefined,
    envoyServiceAccount: undefined,
    useListenerPortAsContainerPort: false,
  },
);

export const provider = tolerant(
  {
    type: z.literal('Kubernetes', 'must be Kubernetes').default('Kubernetes'),
    kubernetes: kubernetes.prefault({}),
  },
  { type: 'Kubernetes', kubernetes: kubernetes.parse({}) },
);
