import { z } from 'zod';
import { headerName } from '../gateway-api/http-route-match.ts';
import { maxInt32, visibleText } from '../shape/shape.ts';

/** Traces of requests: https://gateway.envoyproxy.io/docs/api/extension_types/#tracing */

const fraction = z
  .object({
    numerator: z.int().min(0).max(maxInt32),
    denominator: z.int().min(1).max(maxInt32).default(100),
  })
  .refine(({ numerator, denominator }) => numerator <= denominator, {
    path: ['numerator'],
    message: 'must not be more than the denominator',
  })
  .optional();

const tagName = visibleText(256).min(1);

const customTag = z
  .object({
    /** Translation leaves out a type that it does not know, or that reads from the proxy. */
    type: z.string().max(64).default('Literal'),
    literal: z.object({ value: visibleText(1024).min(1) }).optional(),
    requestHeader: z.object({ name: headerName, defaultValue: visibleText(1024).optional() }).optional(),
    environment: z
      .unknown()
      .optional()
      .transform(() => undefined),
  })
  .superRefine(({ type, literal, requestHeader }, context) => {
    const [field, given] =
      type === 'Literal' ? (['literal', literal] as const) : (['requestHeader', requestHeader] as const);
    if ((type === 'Literal' || type === 'RequestHeader') && given === undefined)
      context.addIssue({ code: 'custom', path: [field], message: `is required for type ${type}` });
  });

export const tracing = z.object({
  samplingFraction: fraction,
  clientSamplingFraction: fraction,
  overallSamplingFraction: fraction,
  customTags: z.record(tagName, customTag).optional(),
  /** Values with Envoy's commands. */
  tags: z.record(tagName, visibleText(1024)).optional(),
  spanName: z.object({ client: visibleText(1024), server: visibleText(1024) }).optional(),
});

export type Tracing = z.infer<typeof tracing>;
