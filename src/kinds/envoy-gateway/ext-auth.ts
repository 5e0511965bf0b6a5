import { z } from 'zod';
import { pathPrefix } from '../gateway-api/external-auth.ts';
import { headerName } from '../gateway-api/http-route-match.ts';
import { durationMs, groupName, maxUint32, objectName, visibleText } from '../shape/shape.ts';
import { refuseDuplicates } from '../shape/uniqueness.ts';
import { backendSettings, serverRef, serverRefs } from './server-ref.ts';

/** Part of a SecurityPolicy about a server that says which requests may pass. */

const headerNames = z.array(headerName.min(1)).max(64).default([]);

const server = {
  backendRef: serverRef.optional(),
  backendRefs: serverRefs,
  backendSettings,
};

const contextExtension = z
  .object({
    name: visibleText(256).min(1),
    type: z.enum(['Value', 'ValueRef']).default('Value'),
    value: visibleText(4096).optional(),
    valueRef: z
      .object({
        group: groupName.default(''),
        kind: z.enum(['ConfigMap', 'Secret']),
        name: objectName,
        key: z.string().min(1).max(253),
      })
      .refine(({ group }) => group === '' || group === 'v1', { path: ['group'], message: 'must be empty' })
      .optional(),
  })
  .superRefine(({ type, value, valueRef }, context) => {
    const isValue = type === 'Value';
    if (isValue === (value !== undefined) && isValue === (valueRef === undefined)) return;
    const message = `must be given for type ${type}, and nothing else`;
    context.addIssue({ code: 'custom', path: [isValue ? 'value' : 'valueRef'], message });
  });

/** Error statuses that proxies know. */
const errorStatus = /^4(0\d|1[0-7]|2[1-4689]|31)$|^5(0[0-8]|1[01])$/;

export const extAuth = z
  .object({
    grpc: z.object(server).optional(),
    http: z
      .object({
        ...server,
        path: pathPrefix,
        pathOverride: pathPrefix,
        headersToBackend: headerNames,
      })
      .refine(({ path, pathOverride }) => path === '' || pathOverride === '', {
        path: ['pathOverride'],
        message: 'must not be given with path',
      })
      .optional(),
    headersToExtAuth: headerNames,
    bodyToExtAuth: z.object({ maxRequestBytes: z.int().min(1).max(maxUint32) }).optional(),
    timeout: durationMs.refine((ms) => ms > 0, 'must be more than 0').optional(),
    failOpen: z.boolean().default(false),
    recomputeRoute: z.boolean().default(false),
    includeRouteMetadata: z.boolean().default(false),
    contextExtensions: z
      .array(contextExtension)
      .max(64)
      .superRefine((all, context) => refuseDuplicates(all, ({ name }) => name, context, 'name'))
      .default([]),
    statusOnError: z
      .int()
      .refine((status) => errorStatus.test(String(status)), 'must be a status of an error')
      .optional(),
  })
  .superRefine(({ grpc, http, contextExtensions }, context) => {
    if ((grpc === undefined) === (http === undefined))
      context.addIssue({ code: 'custom', path: ['grpc'], message: 'give either this or http' });
    if (http !== undefined && contextExtensions.length > 0) {
      const message = 'only servers by gRPC get them';
      context.addIssue({ code: 'custom', path: ['contextExtensions'], message });
    }
  });

export type ExtAuth = z.infer<typeof extAuth>;
export type ContextExtension = z.infer<typeof contextExtension>;
