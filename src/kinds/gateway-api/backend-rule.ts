import { z } from 'zod';
import { objectName } from '../shape/shape.ts';
import { tolerant } from '../tolerant.ts';
import { backendFields, requirePort } from './backend-ref.ts';

/** A backend of a route below HTTP. */
const backendReference = z
  .object({ ...backendFields, weight: z.int().min(0).max(1_000_000).default(1) })
  .superRefine(requirePort);

export type BackendReference = z.infer<typeof backendReference>;

/** A rule without matches: all connections go to its backends. One that cannot be read closes them. */
const backendRule = tolerant(
  { name: objectName.optional(), backendRefs: z.array(backendReference).min(1).max(16) },
  { name: undefined, backendRefs: [] },
);

/** Rules of a route below HTTP: exactly one, as Gateway API 1.7 has it. */
export const backendRules = z.array(backendRule).min(1).max(1);
