import { z } from 'zod';

const backend = z.object({
  service: z
    .object({
      name: z.string(),
      port: z.object({ name: z.string().optional(), number: z.number().int().optional() }).default({}),
    })
    .optional(),
});

const path = z.object({
  path: z.string().startsWith('/').default('/'),
  pathType: z.enum(['Exact', 'Prefix', 'ImplementationSpecific']).default('ImplementationSpecific'),
  backend,
});

/** The fields of an Ingress that are carried over. */
export const ingress = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string().default('default'),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({
    defaultBackend: backend.optional(),
    rules: z
      .array(z.object({ host: z.string().optional(), http: z.object({ paths: z.array(path) }).optional() }))
      .default([]),
    tls: z
      .array(z.object({ hosts: z.array(z.string()).default([]), secretName: z.string().optional() }))
      .default([]),
  }),
});

export type Ingress = z.infer<typeof ingress>;
export type IngressPath = z.infer<typeof path>;
export type IngressBackend = z.infer<typeof backend>;

/** Reports a field of an object that cannot be carried over. */
export type Report = (path: readonly (string | number)[], message: string) => void;

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: object;
}
