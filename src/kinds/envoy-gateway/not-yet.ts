import { z } from 'zod';

/** A field that restricts requests and is not supported: the policy must not apply without it. */
export const notYet = z
  .unknown()
  .optional()
  .refine((value) => value === undefined, 'is not supported yet')
  .transform(() => undefined);
