import { z } from 'zod';
import { groupName, kindName, namespaceName, objectName, portNumber } from '../shape/shape.ts';
import { markEach, markRepeated, tolerant } from '../tolerant.ts';

export const gatewayGroup = 'gateway.networking.k8s.io';

/** A reference that cannot be read attaches its route nowhere; without a readable kind it has none. */
const parentReference = tolerant(
  {
    group: groupName.default(gatewayGroup),
    kind: kindName.default('Gateway'),
    namespace: namespaceName.optional(),
    name: objectName,
    sectionName: objectName.optional(),
    port: portNumber.optional(),
  },
  { group: '', kind: '', namespace: undefined, name: '', sectionName: undefined, port: undefined },
).transform((ref) => {
  const isKnown = ref.unreadable?.every(({ path }) => path === 'sectionName' || path === 'port') ?? true;
  return isKnown ? ref : { ...ref, kind: '' };
});

export type ParentReference = z.infer<typeof parentReference>;

/** Parents of a route of any kind. */
export const parentReferences = z
  .array(parentReference)
  .max(32)
  .transform((parents) => {
    /** Marks by parent if its references give a sectionName and a port: all of them must, or none. */
    const given = new Map<string, string>();
    return markEach(markRepeated(parents, referenceKey, ''), (parent) => {
      if (parent.unreadable !== undefined) return undefined;
      const key = parentKey(parent);
      const fields = `${parent.sectionName !== undefined}/${parent.port !== undefined}`;
      const isLike = (given.get(key) ?? fields) === fields;
      if (isLike) given.set(key, fields);
      const message = 'must give sectionName and port like the other references to the same parent';
      return isLike ? undefined : { path: '', message };
    });
  });

function referenceKey(parent: ParentReference): string | undefined {
  return parent.unreadable === undefined ? parentKey(parent, parent.sectionName, parent.port) : undefined;
}

function parentKey(parent: ParentReference, ...more: readonly (string | number | undefined)[]): string {
  return JSON.stringify([parent.group, parent.kind, parent.namespace ?? '', parent.name, ...more]);
}
