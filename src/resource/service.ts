import { z } from 'zod';
import { slicesOfService } from './indexes.ts';
import { parseJsonRow } from './json-row.ts';
import type { ParsedRow } from './row.ts';
import { portNumber } from './shape.ts';
import { refuseDuplicates } from './uniqueness.ts';

export function parseService(manifest: unknown): ParsedRow {
  return parseJsonRow(
    {
      kind: 'Service',
      scope: 'namespaced',
      schema: service,
      links: (_row, namespace, name) => ({
        indexes: [],
        units: [],
        follow: [slicesOfService(namespace, name)],
      }),
    },
    manifest,
  );
}

const servicePort = z.object({
  /** Empty when the Service has one unnamed port; EndpointSlice ports are matched by this name. */
  name: z.string().max(63).default(''),
  port: portNumber,
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
  appProtocol: z.string().max(253).optional(),
});

const servicePorts = z.array(servicePort).superRefine((ports, context) => {
  refuseDuplicates(ports, ({ name }) => name, context, 'name');
});

export const service = z.object({
  spec: z
    .object({
      type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']).default('ClusterIP'),
      ports: servicePorts.default([]),
    })
    .prefault({}),
});

export type ServiceRow = z.infer<typeof service>;
export type ServicePort = z.infer<typeof servicePort>;
