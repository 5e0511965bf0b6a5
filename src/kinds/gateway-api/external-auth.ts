import { z } from 'zod';
import { maxInt32 } from '../shape/shape.ts';
import { refuseDuplicates } from '../shape/uniqueness.ts';
import { backendObjectReference } from './backend-ref.ts';
import { headerName } from './http-route-match.ts';

const headerNames = z
  .array(headerName)
  .max(64)
  .superRefine((names, context) => refuseDuplicates(names, (name) => name, context))
  .default([]);

/** A path that is put in front of another: without segments that would leave it. */
export const pathPrefix = z
  .string()
  .max(1024)
  .regex(/^\/(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})*$/, 'must be a path that starts with "/"')
  .refine(
    (path) =>
      path.split('/').every((segment) => segment !== '.' && segment !== '..') && !/%2[ef]/i.test(path),
    'must not contain "." or ".." as a segment, "%2e" or "%2f"',
  )
  .or(z.literal(''))
  .default('');

/** Settings of the ExternalAuth filter: https://gateway-api.sigs.k8s.io/geps/gep-1494/ */
export const externalAuth = z
  .object({
    protocol: z.enum(['HTTP', 'GRPC']),
    backendRef: backendObjectReference,
    grpc: z.object({ allowedHeaders: headerNames }).optional(),
    http: z
      .object({ path: pathPrefix, allowedHeaders: headerNames, allowedResponseHeaders: headerNames })
      .optional(),
    forwardBody: z.object({ maxSize: z.int().min(0).max(maxInt32).default(0) }).optional(),
  })
  .superRefine(({ protocol, grpc, http }, context) => {
    const [member, given] = protocol === 'HTTP' ? (['grpc', grpc] as const) : (['http', http] as const);
    if (given === undefined) return;
    const message = `must not be given for protocol ${protocol}`;
    context.addIssue({ code: 'custom', path: [member], message });
  });

export type ExternalAuth = z.infer<typeof externalAuth>;
