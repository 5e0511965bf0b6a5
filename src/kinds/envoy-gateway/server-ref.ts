import { z } from 'zod';
import { clusterSettings } from './cluster-settings.ts';
import { backendFields, requirePort } from '../gateway-api/backend-ref.ts';

/** The older form of a reference to a server, which is one alone. */
export const serverRef = z.object(backendFields).superRefine(requirePort);

export const serverRefs = z
  .array(
    z
      .object({
        ...backendFields,
        weight: z.int().min(0).max(1_000_000).default(1),
        fallback: z.boolean().default(false),
      })
      .superRefine(requirePort),
  )
  .max(16)
  .default([]);

/** Settings of connections to a server. */
export const backendSettings = z.object(clusterSettings).optional();

export type ServerRef = z.infer<typeof serverRefs>[number];

/** Servers that proxies call by themselves. */
interface Servers {
  readonly backendRef?: z.infer<typeof serverRef> | undefined;
  readonly backendRefs?: readonly ServerRef[] | undefined;
}

/** Returns the references to servers, in whichever of the two forms they are given. */
export function serversOf({ backendRef, backendRefs = [] }: Servers): readonly ServerRef[] {
  if (backendRefs.length > 0 || backendRef === undefined) return backendRefs;
  return [{ ...backendRef, weight: 1, fallback: false }];
}
