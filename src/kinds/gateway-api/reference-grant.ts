import { z } from 'zod';
import { grantsInNamespace } from '../indexes.ts';
import { parseJsonRow } from '../json-row.ts';
import type { ParsedRow } from '../row.ts';
import { groupName, kindName, namespaceName, objectName } from '../shape/shape.ts';

export function parseReferenceGrant(manifest: unknown): ParsedRow {
  return parseJsonRow(
    {
      kind: 'ReferenceGrant',
      scope: 'namespaced',
      schema: referenceGrant,
      links: (_row, namespace) => ({ indexes: [grantsInNamespace(namespace)], units: [], follow: [] }),
    },
    manifest,
  );
}

export const referenceGrant = z.object({
  spec: z.object({
    from: z
      .array(z.object({ group: groupName, kind: kindName, namespace: namespaceName }))
      .min(1)
      .max(16),
    to: z
      .array(z.object({ group: groupName, kind: kindName, name: objectName.optional() }))
      .min(1)
      .max(16),
  }),
});

export type ReferenceGrantRow = z.infer<typeof referenceGrant>;
