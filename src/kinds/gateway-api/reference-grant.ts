import { z } from 'zod';
import { grantsInNamespace } from '../indexes.ts';
import { jsonKind } from '../kind-def.ts';
import { groupName, kindName, namespaceName, objectName } from '../shape/shape.ts';

const referenceGrant = z.object({
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

export const referenceGrantKind = jsonKind(
  {
    group: 'gateway.networking.k8s.io',
    kind: 'ReferenceGrant',
    versions: ['v1', 'v1beta1'],
    plural: 'referencegrants',
    scope: 'namespaced',
    role: 'support',
  },
  referenceGrant,
  (_row, namespace) => ({ indexes: [grantsInNamespace(namespace)], units: [], follow: [] }),
);
