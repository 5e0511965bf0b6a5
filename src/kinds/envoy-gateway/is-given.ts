import { z } from 'zod';

/** Reads whether a field is given, and nothing else of it. */
export const isGiven = z
  .unknown()
  .optional()
  .transform((value) => value !== undefined);
