import { z } from 'zod';
import { groupName, kindName, namespaceName, objectName, portNumber } from './shape.ts';

const shape = {
  group: groupName.default(''),
  kind: kindName.default('Service'),
  name: objectName,
  namespace: namespaceName.optional(),
  port: portNumber.optional(),
};

/** A backend without a weight, as a RequestMirror filter names it. */
export const backendObjectReference = z.object(shape).superRefine(requirePort);

/** The same with fields of its own; the port is still checked. */
export function backendReference<T extends z.ZodRawShape>(more: T) {
  return z.object({ ...shape, ...more }).superRefine((reference, context) => {
    requirePort(reference as z.infer<typeof backendObjectReference>, context);
  });
}

function requirePort(
  reference: { readonly group: string; readonly kind: string; readonly port?: number | undefined },
  context: z.RefinementCtx,
): void {
  if (reference.group !== '' || reference.kind !== 'Service' || reference.port !== undefined) return;
  context.addIssue({ code: 'custom', path: ['port'], message: 'is required for a Service' });
}
