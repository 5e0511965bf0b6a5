import { z } from 'zod';

/** A Service, which tells the numbers of ports that an Ingress names. */
export const service = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string().default('default') }),
  spec: z.object({
    ports: z.array(z.object({ name: z.string().default(''), port: z.number().int() })).default([]),
  }),
});

export type Service = z.infer<typeof service>;
