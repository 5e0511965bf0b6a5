import { z } from 'zod';
import { byteQuantity } from '../shape/quantity.ts';
import { durationMs, maxInt32, maxUint32 } from '../shape/shape.ts';
import { stringMatch } from './string-match.ts';

/** Fields of a ClientTrafficPolicy about connections and the versions of HTTP, with the defaults of the CRD. */

const uint32 = z.int().min(0).max(maxUint32);

export const clientTimeout = z.object({
  tcp: z
    .object({
      idleTimeout: durationMs.optional(),
      tlsHandshakeTimeout: durationMs.optional(),
      connectionInspectionTimeout: durationMs.optional(),
    })
    .optional(),
  http: z
    .object({
      requestReceivedTimeout: durationMs.optional(),
      requestHeadersReceivedTimeout: durationMs.optional(),
      idleTimeout: durationMs.optional(),
      streamIdleTimeout: durationMs.optional(),
    })
    .optional(),
});

export const clientConnection = z.object({
  connectionLimit: z
    .object({
      value: z.int().min(1).max(maxUint32).optional(),
      closeDelay: durationMs.optional(),
      maxConnectionDuration: durationMs.optional(),
      maxRequestsPerConnection: uint32.optional(),
      maxStreamDuration: durationMs.optional(),
    })
    .refine(({ value, closeDelay }) => value !== undefined || closeDelay === undefined, {
      path: ['closeDelay'],
      message: 'needs a value',
    })
    .optional(),
  bufferLimit: byteQuantity(1, maxUint32).optional(),
  socketBufferLimit: byteQuantity(1, maxInt32).optional(),
  /** 0: no bound. */
  maxAcceptPerSocketEvent: uint32.default(1),
});

export const clientHttp1 = z.object({
  enableTrailers: z.boolean().default(false),
  preserveHeaderCase: z.boolean().default(false),
  http10: z.object({ useDefaultHost: z.boolean().default(false) }).optional(),
  disableSafeMaxConnectionDuration: z.boolean().default(false),
  ignoredUpgradeTypes: z.array(stringMatch).max(16).default([]),
});
