import { z } from 'zod';
import { slicesOfService } from '../indexes.ts';
import { jsonKind } from '../kind-def.ts';
import { readable, tolerant } from '../tolerant.ts';
import { portNumber } from '../shape/shape.ts';
import { refuseDuplicates } from '../shape/uniqueness.ts';

const servicePort = z.object({
  /** Empty when the Service has one unnamed port; EndpointSlice ports are matched by this name. */
  name: z.string().max(63).default(''),
  port: portNumber,
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
  /** A name that may have a domain before it: 253 characters, a slash and 63. */
  appProtocol: z.string().max(317).optional(),
  /** A number; a port that pods name is not kept. */
  targetPort: z
    .unknown()
    .transform((port) => (typeof port === 'number' ? port : undefined))
    .optional(),
});

/**
 * Addresses are texts here: what becomes of one that is none is for its reader to say; see `address.ts`. As many as the
 * API server takes, which bounds the object as a whole.
 */
const ipText = z.string().max(253);
const ipTexts = z.array(ipText);

const spec = tolerant(
  {
    type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']).default('ClusterIP'),
    ports: z
      .array(servicePort)
      .superRefine((ports, context) => refuseDuplicates(ports, ({ name }) => name, context, 'name'))
      .default([]),
    /** Old clients write this one alone. `None`: headless. */
    clusterIP: ipText.optional(),
    clusterIPs: ipTexts.optional(),
    externalIPs: ipTexts.optional(),
  },
  {
    // The type that has no endpoints.
    type: 'ExternalName',
    ports: readable(servicePort),
    clusterIP: undefined,
    clusterIPs: undefined,
    externalIPs: undefined,
  },
).transform(({ clusterIP, clusterIPs, ...rest }) => ({
  ...rest,
  clusterIPs: clusterIPs ?? (clusterIP === undefined ? undefined : [clusterIP]),
}));

const status = z
  .object({
    loadBalancer: z
      .object({
        ingress: z.array(z.object({ ip: ipText.optional(), hostname: ipText.optional() })).optional(),
      })
      .optional(),
  })
  .optional()
  // Nearly every Service has an empty one, which is not worth its bytes.
  .transform((value) => (value?.loadBalancer?.ingress === undefined ? undefined : value));

const service = tolerant(
  { spec: spec.prefault({}), status },
  { spec: { type: 'ExternalName', ports: [], clusterIPs: undefined }, status: undefined },
);

export type ServiceRow = z.infer<typeof service>;
export type ServicePort = z.infer<typeof servicePort>;

export const serviceKind = jsonKind(
  {
    group: '',
    kind: 'Service',
    versions: ['v1'],
    plural: 'services',
    scope: 'namespaced',
    role: 'backend',
  },
  service,
  (_row, namespace, name) => ({ indexes: [], units: [], follow: [slicesOfService(namespace, name)] }),
);
