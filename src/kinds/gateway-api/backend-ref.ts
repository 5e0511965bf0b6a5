import { z } from 'zod';
import { groupName, kindName, namespaceName, objectName, portNumber } from '../shape/shape.ts';

/** Fields of every reference to a backend. Refine a schema of them with {@link requirePort}. */
export const backendFields = {
  group: groupName.default(''),
  kind: kindName.default('Service'),
  name: objectName,
  namespace: namespaceName.optional(),
  port: portNumber.optional(),
};

/** A backend without a weight, as a RequestMirror filter names it. */
export const backendObjectReference = z.object(backendFields).superRefine(requirePort);

export function requirePort(
  reference: { readonly group: string; readonly kind: string; readonly port?: number | undefined },
  context: z.RefinementCtx,
): void {
  if (reference.group !== '' || reference.kind !== 'Service' || reference.port !== undefined) return;
  context.addIssue({ code: 'custom', path: ['port'], message: 'is required for a Service' });
}
