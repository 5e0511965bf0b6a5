import { z } from 'zod';
import { headerName } from '../gateway-api/http-route-match.ts';
import { durationMs, maxUint32 } from '../shape/shape.ts';

/** Parts of a SecurityPolicy about pages of other origins: `cors` and `csrf`. */

/** Also schemes of apps, such as `moz-extension://`; the host, or its first label, may be a wildcard. */
const origin = z
  .string()
  .min(1)
  .max(253)
  .regex(
    /^(\*|[A-Za-z][A-Za-z0-9+.-]*:\/\/(\*|(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*)(:\d{1,5})?)$/,
    'must be "*" or an origin such as https://*.example.com',
  );

const headerNames = z.array(headerName).max(64).default([]);

export const cors = z.object({
  allowOrigins: z.array(origin).max(64).default([]),
  allowMethods: z
    .array(
      z
        .string()
        .max(32)
        .regex(/^(\*|[A-Za-z-]+)$/, 'must be a method of HTTP, or "*"'),
    )
    .max(32)
    .default([]),
  allowHeaders: headerNames,
  exposeHeaders: headerNames,
  maxAge: durationMs.optional(),
  allowCredentials: z.boolean().default(false),
});

export const csrf = z.object({
  /** Share of requests that are counted, and pass in any case. */
  shadowFraction: z
    .object({
      numerator: z.int().min(0).max(maxUint32),
      denominator: z.int().min(1).max(maxUint32).default(100),
    })
    .refine(({ numerator, denominator }) => numerator <= denominator, {
      path: ['numerator'],
      message: 'must not be more than the denominator',
    })
    .optional(),
  additionalOrigins: z.array(origin).max(16).default([]),
});

export type PolicyCors = z.infer<typeof cors>;
export type Csrf = z.infer<typeof csrf>;
