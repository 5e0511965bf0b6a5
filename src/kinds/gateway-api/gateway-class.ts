import { z } from 'zod';
import { resourceKey } from '../../lib/key.ts';
import { identifier } from '../shape/identifier.ts';
import { parseJsonRow } from '../json-row.ts';
import { parametersKind, parametersReference } from './parameters-ref.ts';
import type { ParsedRow } from '../row.ts';
import { metadata } from '../shape/shape.ts';
import { unitName } from '../../units/unit.ts';

export function parseGatewayClass(manifest: unknown): ParsedRow {
  return parseJsonRow(
    {
      kind: 'GatewayClass',
      scope: 'cluster',
      schema: gatewayClass,
      links: ({ spec: { parametersRef } }, _namespace, name) => ({
        indexes: [],
        units: [unitName({ kind: 'GatewayClass', name })],
        follow:
          parametersRef?.namespace === undefined
            ? []
            : [resourceKey(parametersKind.kind, parametersRef.namespace, parametersRef.name)],
      }),
    },
    manifest,
  );
}

export const gatewayClass = z.object({
  metadata,
  spec: z.object({
    controllerName: z
      .string()
      .max(253)
      .regex(identifier.controllerName, 'must be a domain and a path, such as sluice.dev/gateway-controller'),
    parametersRef: parametersReference.optional(),
  }),
});

export type GatewayClassRow = z.infer<typeof gatewayClass>;
