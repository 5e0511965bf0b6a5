import { z } from 'zod';
import { backendFields, requirePort } from '../gateway-api/backend-ref.ts';

/** A server that proxies call by themselves. */
const serverRef = z
  .object({
    ...backendFields,
    weight: z.int().min(0).max(1_000_000).default(1),
    fallback: z.boolean().default(false),
  })
  .superRefine(requirePort);

export const serverRefs = z.array(serverRef).max(16).default([]);

/** Settings of connections to a server, which have no effect yet. True: some are given. */
export const backendSettings = z
  .unknown()
  .optional()
  .transform((value) => (value === undefined ? undefined : true));

export type ServerRef = z.infer<typeof serverRef>;
