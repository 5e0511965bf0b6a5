import { z } from 'zod';
import { backendFields } from '../gateway-api/backend-ref.ts';
import { durationMs } from '../shape/shape.ts';
import { clusterSettings } from './cluster-settings.ts';

const attribute = z
  .string()
  .max(253)
  .regex(
    /^(connection\.|source\.|destination\.|request\.|response\.|upstream\.|xds\.route_)[a-z_1-9]*$/,
    'must be an attribute of a request, such as request.path',
  );

const processing = z
  .object({
    body: z.enum(['Streamed', 'Buffered', 'BufferedPartial', 'FullDuplexStreamed']).optional(),
    attributes: z.array(attribute).max(64).default([]),
  })
  .optional();

const metadataNamespace = z.string().min(1).max(253);

/** Error statuses that proxies know. */
const errorStatus = /^4(0\d|1[0-7]|2[1-4689]|31)$|^5(0[0-8]|1[01])$/;

const maxMessageTimeoutMs = 3_600_000;

/** Fields that have no effect yet. */
const unsupported = ['backendRef'] as const;
const given = z
  .unknown()
  .optional()
  .transform((value) => value !== undefined);

export const extProc = z
  .object({
    backendRefs: z
      .array(z.object({ ...backendFields, fallback: z.boolean().default(false) }))
      .max(16)
      .default([]),
    backendRef: given,
    backendSettings: z.object(clusterSettings).optional(),
    messageTimeout: durationMs
      .refine((value) => value <= maxMessageTimeoutMs, 'must not be longer than an hour')
      .optional(),
    failOpen: z.boolean().default(false),
    processingMode: z
      .object({ request: processing, response: processing, allowModeOverride: z.boolean().default(false) })
      .prefault({}),
    shadowMode: z.boolean().default(false),
    metadata: z
      .object({
        accessibleNamespaces: z.array(metadataNamespace).max(64).default([]),
        writableNamespaces: z
          .array(
            metadataNamespace.refine(
              (name) => !name.startsWith('envoy.filters.http'),
              'must not be one of Envoy’s own filters',
            ),
          )
          .max(8)
          .default([]),
      })
      .prefault({}),
    statusOnError: z
      .int()
      .refine((status) => errorStatus.test(String(status)), 'must be a status of an error')
      .optional(),
  })
  .superRefine(({ failOpen, shadowMode, processingMode }, context) => {
    for (const side of ['request', 'response'] as const) {
      const body = processingMode[side]?.body;
      const path = ['processingMode', side, 'body'];
      if (body === 'FullDuplexStreamed' && failOpen)
        context.addIssue({ code: 'custom', path, message: 'must not be FullDuplexStreamed with failOpen' });
      if (body !== undefined && body !== 'Streamed' && shadowMode)
        context.addIssue({ code: 'custom', path, message: 'must be Streamed with shadowMode' });
    }
  })
  .transform(({ backendRef, ...rest }) => {
    const fields = { backendRef };
    return { ...rest, unsupported: unsupported.filter((field) => fields[field]) };
  });

export type ExtProc = z.infer<typeof extProc>;
