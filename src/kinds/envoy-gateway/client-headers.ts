import { z } from 'zod';
import { headerName, headerValue } from '../gateway-api/http-route-match.ts';
import { refuseDuplicates } from '../shape/uniqueness.ts';
import { stringMatch } from './string-match.ts';

/** Fields of a ClientTrafficPolicy about headers, with the defaults of the CRD. */

const headerValues = z
  .array(z.object({ name: headerName.min(1), value: headerValue }))
  .max(64)
  .superRefine((headers, context) =>
    refuseDuplicates(headers, ({ name }) => name.toLowerCase(), context, 'name'),
  )
  .default([]);

const headerChanges = z.object({
  set: headerValues,
  add: headerValues,
  addIfAbsent: headerValues,
  remove: z.array(headerName.min(1)).max(64).default([]),
  removeOnMatch: z.array(stringMatch).max(64).default([]),
});

/** Envoy needs the host of every request. */
const earlyChanges = headerChanges.refine(
  ({ remove }) => !remove.some((name) => name.toLowerCase() === 'host'),
  { path: ['remove'], message: 'must not hold Host' },
);

const withDetails: ReadonlySet<string> = new Set(['AppendForward', 'SanitizeSet']);

const xForwardedClientCert = z
  .object({
    mode: z
      .enum(['Sanitize', 'ForwardOnly', 'AppendForward', 'SanitizeSet', 'AlwaysForwardOnly'])
      .default('Sanitize'),
    certDetailsToAdd: z
      .array(z.enum(['Subject', 'Cert', 'Chain', 'DNS', 'URI']))
      .max(5)
      .default([]),
  })
  .refine(({ mode, certDetailsToAdd }) => certDetailsToAdd.length === 0 || withDetails.has(mode), {
    path: ['certDetailsToAdd'],
    message: 'needs mode AppendForward or SanitizeSet',
  });

export const clientHeaders = z
  .object({
    enableEnvoyHeaders: z.boolean().default(false),
    disableRateLimitHeaders: z.boolean().default(false),
    xForwardedClientCert: xForwardedClientCert.optional(),
    withUnderscoresAction: z.enum(['Allow', 'RejectRequest', 'DropHeader']).default('RejectRequest'),
    /** The older form of `requestID: PreserveOrGenerate`. */
    preserveXRequestID: z.boolean().optional(),
    requestID: z.enum(['Generate', 'Preserve', 'PreserveOrGenerate', 'Disable']).optional(),
    earlyRequestHeaders: earlyChanges.optional(),
    lateResponseHeaders: headerChanges.optional(),
    host: z.object({ stripTrailingHostDot: z.boolean().default(false) }).optional(),
  })
  .refine(
    ({ preserveXRequestID, requestID }) => preserveXRequestID === undefined || requestID === undefined,
    {
      path: ['preserveXRequestID'],
      message: 'give either this or requestID',
    },
  );

export type HeaderChanges = z.infer<typeof headerChanges>;
