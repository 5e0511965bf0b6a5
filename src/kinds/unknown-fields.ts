import type { z } from 'zod';
import { fieldPath } from './shape/field-path.ts';

/** Returns paths that a schema drops, by comparison: no list of unsupported fields can be incomplete. */
export function unknownFields(schema: z.ZodType, value: unknown): string[] {
  const found: string[] = [];
  walk(schema, value, [], found);
  return found;
}

interface Definition {
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  /** Schemas around another one: a default, a fallback, a transformation. */
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
}

function walk(schema: z.ZodType, value: unknown, path: readonly (string | number)[], found: string[]): void {
  if (typeof value !== 'object' || value === null) return;
  const { shape, element, innerType, in: input } = schema.def as Definition;
  if (shape !== undefined && !Array.isArray(value)) {
    for (const [name, inner] of Object.entries(value)) {
      const field = Object.hasOwn(shape, name) ? shape[name] : undefined;
      if (field === undefined) found.push(fieldPath([...path, name]));
      else walk(field, inner, [...path, name], found);
    }
  } else if (element !== undefined && Array.isArray(value)) {
    for (const [index, item] of value.entries()) walk(element, item, [...path, index], found);
  }
  const inner = innerType ?? input;
  if (inner !== undefined) walk(inner, value, path, found);
}
