import { z } from 'zod';
import { durationMs, maxInt32, maxUint32 } from '../shape/shape.ts';

const positiveMs = durationMs.refine((value) => value > 0, 'must be more than 0');

export const retry = z.object({
  numRetries: z.int().min(0).max(maxUint32).default(2),
  /** Attempts of one priority before those of the next; 0: all are of the highest that is healthy. */
  numAttemptsPerPriority: z.int().min(0).max(maxInt32).optional(),
  retryOn: z
    .object({
      /** Translation leaves out those that Envoy does not know. */
      triggers: z.array(z.string().max(64)).max(32).optional(),
      httpStatusCodes: z.array(z.int().min(100).max(599)).max(64).optional(),
    })
    .optional(),
  perRetry: z
    .object({
      timeout: durationMs.optional(),
      backOff: z
        .object({ baseInterval: positiveMs.optional(), maxInterval: positiveMs.optional() })
        .superRefine(({ baseInterval, maxInterval }, context) => {
          if (maxInterval === undefined) return;
          // Envoy needs the base, and rejects a RouteConfiguration whose maximum is below it.
          if (baseInterval === undefined)
            context.addIssue({
              code: 'custom',
              path: ['baseInterval'],
              message: 'is required with maxInterval',
            });
          else if (maxInterval < baseInterval)
            context.addIssue({
              code: 'custom',
              path: ['maxInterval'],
              message: 'must not be below baseInterval',
            });
        })
        .optional(),
    })
    .optional(),
});

export type Retry = z.infer<typeof retry>;

/** Conditions of a retry, as Envoy names them: https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter#x-envoy-retry-on */
export const retryTriggers: ReadonlySet<string> = new Set([
  '5xx',
  'gateway-error',
  'reset',
  'reset-before-request',
  'connect-failure',
  'retriable-4xx',
  'refused-stream',
  'retriable-status-codes',
  'cancelled',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
]);
