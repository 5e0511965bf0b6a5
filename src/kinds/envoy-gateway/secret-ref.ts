import { z } from 'zod';
import { groupName, kindName, namespaceName, objectName } from '../shape/shape.ts';

/** A Secret that a policy names; in another namespace it needs a ReferenceGrant there. */
export const secretRef = z.object({
  group: groupName.default(''),
  kind: kindName.default('Secret'),
  name: objectName,
  namespace: namespaceName.optional(),
});

export type SecretRef = z.infer<typeof secretRef>;
