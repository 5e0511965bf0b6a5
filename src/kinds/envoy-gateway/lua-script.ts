import { z } from 'zod';
import { groupName, kindName, objectName } from '../shape/shape.ts';

/** Matches a function that every script needs: Envoy calls no other. */
const entryPoint = /envoy_on_re(?:quest|sponse)/;

/** Returns true for text that can be a script which a proxy runs. */
export function isLuaScript(text: string): boolean {
  return entryPoint.test(text);
}

export const luaScript = z
  .object({
    type: z.enum(['Inline', 'ValueRef']).default('Inline'),
    inline: z.string().optional(),
    valueRef: z.object({ group: groupName.default(''), kind: kindName, name: objectName }).optional(),
    filterContext: z
      .unknown()
      .optional()
      .refine((value) => value === undefined || isObject(value), 'must be a JSON object')
      .transform((value) => (value === undefined ? undefined : JSON.stringify(value))),
  })
  .superRefine(({ type, ...value }, context) => {
    const field = type === 'Inline' ? 'inline' : 'valueRef';
    if (value[field] !== undefined) return;
    context.addIssue({ code: 'custom', path: [field], message: `is required for type ${type}` });
  });

export type LuaScript = z.infer<typeof luaScript>;

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
