import { z } from 'zod';
import { grantsOf, unreadableGrantsIn } from '../indexes.ts';
import { jsonKind } from '../kind-def.ts';
import { readable, tolerant } from '../tolerant.ts';
import { unreadableParts } from '../unreadable.ts';
import { groupName, kindName, namespaceName, objectName } from '../shape/shape.ts';

const grantFrom = z.object({ group: groupName, kind: kindName, namespace: namespaceName });
const grantTo = z.object({ group: groupName, kind: kindName, name: objectName.optional() });

const referenceGrant = z.object({
  // A part that cannot be read permits nothing.
  spec: tolerant(
    { from: z.array(grantFrom).min(1).max(16), to: z.array(grantTo).min(1).max(16) },
    { from: readable(grantFrom), to: readable(grantTo) },
  ),
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
  ({ spec }, namespace) => {
    const indexes = spec.from.flatMap((from) =>
      spec.to.map((to) =>
        grantsOf(
          { id: `${from.group}/${from.kind}`, namespace: from.namespace },
          { group: to.group, kind: to.kind, namespace, name: to.name },
        ),
      ),
    );
    if (unreadableParts(spec, 'spec').length > 0) indexes.push(unreadableGrantsIn(namespace));
    return { indexes, units: [], follow: [] };
  },
);
