import { z } from 'zod';
import { headerName, httpMethods } from '../gateway-api/http-route-match.ts';
import { maxUint32, visibleText } from '../shape/shape.ts';

/**
 * Limits of a BackendTrafficPolicy. Objects are strict: a part that is not known may be what restricts requests, so the
 * policy cannot be read, and its routes answer 500.
 */

const isInverted = z.boolean().default(false);

const valueMatch = z
  .strictObject({
    type: z.enum(['Exact', 'RegularExpression', 'Distinct']).default('Exact'),
    name: headerName.min(1),
    value: z.string().max(1024).optional(),
    invert: isInverted,
  })
  .superRefine(({ type, value, invert }, context) => {
    if (type === 'Distinct' && invert)
      context.addIssue({ code: 'custom', path: ['invert'], message: 'must not be given for Distinct' });
    if (type !== 'Distinct' && value === undefined)
      context.addIssue({ code: 'custom', path: ['value'], message: `is required for type ${type}` });
  });

const path = z
  .strictObject({
    type: z.enum(['Exact', 'PathPrefix', 'RegularExpression']).default('PathPrefix'),
    value: visibleText(1024).min(1).default('/'),
    invert: isInverted,
  })
  .optional();

const selector = z
  .strictObject({
    headers: z.array(valueMatch).max(128).default([]),
    methods: z
      .array(z.strictObject({ value: z.enum(httpMethods), invert: isInverted }))
      .max(16)
      .default([]),
    path,
    sourceCIDR: z
      .strictObject({
        type: z.enum(['Exact', 'Distinct']).default('Exact'),
        value: z.union([z.cidrv4(), z.cidrv6()]),
        invert: isInverted,
      })
      .optional(),
    queryParams: z.array(valueMatch).max(16).default([]),
  })
  .refine(
    ({ headers, methods, path: ofPath, sourceCIDR, queryParams }) =>
      headers.length + methods.length + queryParams.length > 0 || (ofPath ?? sourceCIDR) !== undefined,
    'must ask for something',
  );

const rule = z.strictObject({
  clientSelectors: z.array(selector).max(8).default([]),
  limit: z.strictObject({
    /** Envoy has no bucket without tokens. */
    requests: z.int().min(1).max(maxUint32),
    unit: z.enum(['Second', 'Minute', 'Hour', 'Day', 'Week', 'Month', 'Year']),
  }),
  /** Buckets of a local limit are of a route, so this has no effect, in Envoy Gateway too. */
  shared: z.boolean().optional(),
  shadowMode: z.boolean().default(false),
  xRateLimitHeaders: z.enum(['Off', 'DraftVersion03']).optional(),
});

export const rateLimit = z
  .strictObject({
    type: z.enum(['Global', 'Local']).optional(),
    local: z
      .strictObject({
        rules: z
          .array(rule)
          .max(16)
          .refine(
            (rules) => rules.filter(({ clientSelectors }) => clientSelectors.length === 0).length <= 1,
            {
              message: 'must hold at most one rule without clientSelectors',
            },
          ),
      })
      .optional(),
    global: z
      .unknown()
      .optional()
      .refine((value) => value === undefined, 'is not supported yet'),
  })
  .transform(({ local, ...rest }) => ({ ...rest, local: local ?? { rules: [] } }));

export type LocalLimitRule = z.infer<typeof rule>;
