import { z } from 'zod';
import { maxUint32 } from '../shape/shape.ts';
import { isGiven } from './is-given.ts';

/** Ways to learn the address of a client behind other proxies. Exactly one, by the rules of the CRD. */

const xForwardedFor = z
  .object({
    numTrustedHops: z.int().min(0).max(maxUint32).optional(),
    trustedCIDRs: z
      .array(z.union([z.cidrv4(), z.cidrv6()]))
      .min(1)
      .max(256)
      .optional(),
    disableXForwardedForAppend: z.boolean().default(false),
  })
  .refine(
    ({ numTrustedHops, trustedCIDRs }) => (numTrustedHops === undefined) !== (trustedCIDRs === undefined),
    { path: ['numTrustedHops'], message: 'give either this or trustedCIDRs' },
  );

const customHeader = z.object({
  name: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[A-Za-z0-9-]+$/, 'must be a header name'),
  failClosed: z.boolean().default(false),
});

export const clientIPDetection = z
  .object({
    xForwardedFor: xForwardedFor.optional(),
    customHeader: customHeader.optional(),
    /** The address of the connection, as without a policy. */
    directSourceIP: isGiven,
  })
  .refine((ways) => Object.values(ways).filter((way) => way !== undefined && way !== false).length === 1, {
    message: 'must hold exactly one of xForwardedFor, customHeader and directSourceIP',
  });
