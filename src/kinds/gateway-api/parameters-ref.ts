import { z } from 'zod';
import { groupName, kindName, namespaceName, objectName } from '../shape/shape.ts';

/** `spec.infrastructure.parametersRef` of a Gateway: an object in the Gateway's own namespace. */
export const localParametersReference = z.object({ group: groupName, kind: kindName, name: objectName });

export const parametersReference = localParametersReference.extend({ namespace: namespaceName.optional() });

/** Kind that either has to name. */
export const parametersKind = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy' } as const;

export type ParametersReference = z.infer<typeof parametersReference>;
