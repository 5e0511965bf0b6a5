import { z } from 'zod';
import { namingLeftOut } from '../left-out.ts';
import { labelledMetadata } from '../shape/shape.ts';
import { tolerant } from '../tolerant.ts';
import { backendRules } from './backend-rule.ts';
import { parentReferences } from './parent-ref.ts';

const routeObject = z.object({
  metadata: labelledMetadata,
  spec: tolerant(
    { parentRefs: parentReferences.default([]), rules: backendRules },
    { parentRefs: [], rules: [] },
  ).transform((spec): typeof spec & { readonly hostnames: readonly string[] } => ({
    ...spec,
    hostnames: [],
  })),
});

/** A route of all that comes to a port. It has no hostnames, as every route has a list of them. */
export const portRoute = namingLeftOut(routeObject);
