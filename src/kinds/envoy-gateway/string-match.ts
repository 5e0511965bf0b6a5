import { z } from 'zod';
import { visibleText } from '../shape/shape.ts';

/** A match of a text. Translation checks expressions, as Envoy rejects a whole resource for a bad one. */
export const stringMatch = z.object({
  type: z.enum(['Exact', 'Prefix', 'Suffix', 'RegularExpression']).default('Exact'),
  value: visibleText(1024).min(1),
});

export type StringMatch = z.infer<typeof stringMatch>;
