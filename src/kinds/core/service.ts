import { z } from 'zod';
import { slicesOfService } from '../indexes.ts';
import { jsonKind } from '../kind-def.ts';
import { readable, tolerant } from '../tolerant.ts';
import { portNumber } from '../shape/shape.ts';
import { refuseDuplicates } from '../shape/uniqueness.ts';

const servicePort = z.object({
  /** Empty when the Service has one unnamed port; ports of EndpointSlices match by name. */
  name: z.string().max(63).default(''),
  port: portNumber,
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
  /** A name after an optional domain: 253 characters, a slash and 63. */
  appProtocol: z.string().max(317).optional(),
  /** A number; a port that pods name is not kept. */
  targetPort: z
    .unknown()
    .transform((port) => (typeof port === 'number' ? port : undefined))
    .optional(),
});

/** Addresses are plain text here: readers check them (`address.ts`). */
const ipText = z.string().max(253);
const ipTexts = z.array(ipText);

const spec = tolerant(
  {
    type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']).default('ClusterIP'),
    ports: z
      .array(servicePort)
      .superRefine((ports, context) => refuseDuplicates(ports, ({ name }) => name, context, 'name'))
      .default([]),
    /** Old clients write only this one. `None`: headless. */
    clusterIP: ipText.optional(),
    clusterIPs: ipTexts.optional(),
    externalIPs: ipTexts.optional(),
  },
  {
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
  // Nearly every Service has an empty one: not worth its bytes.
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
